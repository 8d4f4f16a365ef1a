# SPDX-License-Identifier: MIT
# scripts/demo --use keys: a key that the CPU never has.  Sourced by scripts/demo, whose OUT it fills.

# demo_keys: returns 1 if anything was not as it must be.
demo_keys() {
	local status=0 part
	set_up tests stock
	jq() { PROTEX_CWD=/protex/build/demo/work/guest in_root jq "$@"; }

	(cd "$PROTEX_TOP" && scripts/vm --kernel tests --mesa stock --crypto --timeout 300 \
		--writable build/demo/work/guest -- bash scripts/guest/demo-keys build/demo/work/guest) {guests_held}>&- || status=$?
	[ $status -lt 124 ] || die "the guest did not get through it (scripts/vm ended with status $status)"
	[ ! -s "$OUT/work/guest/errors" ] || sed 's/^/protex: in the guest: /' "$OUT/work/guest/errors" | printable >&2
	# Without a result, what is there stands for nothing.
	for part in made encrypted decrypted info protected ordinary; do
		jq -e . $part.json > /dev/null 2>&1 || echo null > "$OUT/work/guest/$part.json"
	done
	jq -n --argjson status "$status" --slurpfile made made.json --slurpfile encrypted encrypted.json \
		--slurpfile decrypted decrypted.json --slurpfile info info.json --slurpfile protected protected.json \
		--slurpfile ordinary ordinary.json -f /protex/scripts/lib/report-keys.jq > "$OUT/report.json.part"
	mv "$OUT/report.json.part" "$OUT/report.json"
	(cd "$OUT" && in_root jq -r -f /protex/scripts/lib/table-keys.jq < report.json | printable)
	echo "report   build/demo/report.json"
	in_root jq -e .passed < "$OUT/report.json" > /dev/null
}
