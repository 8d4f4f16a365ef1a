# SPDX-License-Identifier: MIT
# Reads what scripts/test recorded, a line a test: the suite, the verdict, the name, and why;
# writes JUnit XML to the file "out", prints the closing lines, and exits with 1 when a test
# failed or none ran.
BEGIN { FS = "\t" }

function escape(s) {
	gsub(/&/, "\\&amp;", s); gsub(/</, "\\&lt;", s); gsub(/>/, "\\&gt;", s)
	gsub(/"/, "\\&quot;", s); gsub(/[\001-\010\013\014\016-\037]/, "?", s)
	return s
}

{
	suite = $1; verdict = $2; name = $3; why = $4
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

END {
	printf "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" > out
	printf "<testsuite name=\"protex\" tests=\"%d\" failures=\"%d\" skipped=\"%d\">\n%s</testsuite>\n", \
		passed + failed + skipped, failed, skipped, xml > out
	printf "%s", failures
	printf "%d passed, %d failed, %d skipped\n", passed, failed, skipped
	exit failed > 0 || passed == 0
}
