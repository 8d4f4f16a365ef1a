# SPDX-License-Identifier: MIT
# Reads one TAP file a suite, writes JUnit XML to the file "out", prints the
# closing line, and exits with 1 when a test failed or none ran.

function escape(s) {
	gsub(/&/, "\\&amp;", s); gsub(/</, "\\&lt;", s); gsub(/>/, "\\&gt;", s)
	gsub(/"/, "\\&quot;", s); gsub(/[\001-\010\013\014\016-\037]/, "?", s)
	return s
}

function finish_suite() {
	if (suite == "")
		return
	if (plan != seen || seen + whole == 0)
		result("not ok", "all tests of the suite ran", \
		       plan == "" ? "it printed no plan" : plan " planned, " seen " ran")
}

function result(verdict, name, why) {
	xml = xml sprintf("  <testcase classname=\"%s\" name=\"%s\">", suite, escape(name))
	if (verdict == "skip") {
		skipped++
		xml = xml sprintf("<skipped message=\"%s\"/>", escape(why))
	} else if (verdict == "ok") {
		passed++
	} else {
		failed++
		xml = xml sprintf("<failure message=\"%s\"/>", escape(why))
		failures = failures sprintf("FAILED %s: %s%s\n", suite, name, why == "" ? "" : " (" why ")")
	}
	xml = xml "</testcase>\n"
}

FNR == 1 {
	finish_suite()
	suite = FILENAME; sub(/.*\//, "", suite); sub(/\.log$/, "", suite)
	plan = ""; seen = whole = 0; note = ""
}

/^#/ { note = substr($0, 3) }
/^1\.\.[0-9]+/ { plan = substr($1, 4) + 0 }
/^1\.\.0 # *SKIP/ { whole = 1; result("skip", "the suite", substr($0, index($0, "SKIP") + 5)) }
/^Bail out!/ { result("not ok", "the suite ran to its end", substr($0, 11)) }
/^(not )?ok( |$)/ {
	seen++
	verdict = /^ok/ ? "ok" : "not ok"
	name = $0
	sub(/^(not )?ok *[0-9]* *-? */, "", name)
	why = verdict == "ok" ? "" : note
	if (match(name, /# *[Ss][Kk][Ii][Pp]/)) {
		verdict = "skip"
		why = substr(name, RSTART + RLENGTH + 1)
		name = substr(name, 1, RSTART - 1)
	}
	sub(/ +$/, "", name)
	result(verdict, name, why)
	note = ""
}

END {
	finish_suite()
	printf "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" > out
	printf "<testsuite name=\"protex\" tests=\"%d\" failures=\"%d\" skipped=\"%d\">\n%s</testsuite>\n", \
		passed + failed + skipped, failed, skipped, xml > out
	printf "%s", failures
	printf "%d passed, %d failed, %d skipped\n", passed, failed, skipped
	exit failed > 0 || passed == 0
}
