# SPDX-License-Identifier: MIT
# What attacks printed on the normal driver (normal.tsv) and on the weakened ones, as
# lines for results (tests/tap.sh), and as a table by rule in the file TABLE.
BEGIN { FS = "\t" }

function test(passed, text, seen) {
	if (!passed)
		print "# seen: " (seen == "" ? "nothing" : seen)
	print (passed ? "ok" : "not ok") "\tattack: " text
	return passed
}

FILENAME ~ /normal\.tsv$/ {
	key = $2 SUBSEP $4
	if (key in rule)
		test(0, "there are two attacks called " $2 ", " $4)
	order[++attacks] = key
	outcome[key] = $1; rule[key] = $2; driver[key] = $3; name[key] = $4; seen[key] = $5; leak[key] = $6
	next
}

{
	key = $2 SUBSEP $4
	weak[key] = $1; weak_seen[key] = $5
}

END {
	for (i = 1; i <= attacks; i++) {
		key = order[i]; r = rule[key]; what = r ": " name[key]
		if (!(r in tried))
			rules[++rule_count] = r
		tried[r]++
		if (outcome[key] == "empty")
			empty[r] += test(1, what ": nothing to see (" leak[key] ")")
		else
			refused[r] += test(outcome[key] == "refused", what ": refused (" leak[key] ")",
				outcome[key] " " seen[key])
		real[r] += test(weak[key] == "leaked", what ": leaks without the rule (" driver[key] ")",
			weak[key] " " weak_seen[key])
	}
	format = "%-6s %9s %9s %15s %20s\n"
	printf format, "rule", "attacks", "refused", "nothing to see", "leak without it" > TABLE
	for (i = 1; i <= rule_count; i++) {
		r = rules[i]
		printf format, r, tried[r], refused[r] + 0, empty[r] + 0, real[r] + 0 > TABLE
		all += tried[r]; all_refused += refused[r]; all_empty += empty[r]; all_real += real[r]
	}
	printf format, "all", all, all_refused, all_empty + 0, all_real > TABLE

	print "" > TABLE
	for (i = 1; i <= attacks; i++) {
		key = order[i]
		line = rule[key] ": " name[key] ": "
		line = line (outcome[key] == "leaked" ? "LEAKED" : outcome[key] == "empty" ? "no leak" : outcome[key])
		line = line (seen[key] == "" ? "; " : " (" seen[key] "); ")
		if (weak[key] == "leaked")
			line = line "leaks with " driver[key] " weakened: " weak_seen[key]
		else
			line = line "NOT SHOWN TO LEAK with " driver[key] " weakened: " weak[key] " " weak_seen[key]
		print line > TABLE
	}
}
