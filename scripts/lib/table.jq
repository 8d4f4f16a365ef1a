# SPDX-License-Identifier: MIT
# The report of scripts/demo, for a person.
def pad($n): . + " " * ([$n - length, 0] | max);
def decibels: if . == null then "—" else (. * 10 | round / 10 | tostring) + " dB" end;
([.routes[].name | length] | max // 0) as $name |
([.routes[].protected | length] | max // 0) as $protected |
. as $report |
"",
"clip     \(.clip): \(.width)×\(.height), \(.frames) frames, \(.fps * 100 | round / 100) a second",
"colour   \(.conversion.matrix), \(.conversion.range) range, chroma sited \(.conversion.siting)",
(range(.held | length) as $i |
 "frame    \(.held[$i] | tostring | pad(6)) PSNR \(.psnr[$i] | decibels | pad(9)) \(if .psnr[$i] >= .psnr_minimum then "as in the clip" else "DIFFERENT" end)"),
"digest   \(if .digest then "all \(.frames) frames were decrypted to what was packed" else "NOT PROVEN" end)",
"",
"         \("route" | pad($name))  \("protected buffer" | pad($protected))  ordinary buffer",
(.routes[] |
 "\(if .leaked then "LEAKED  " elif .ordinary | test("of the pattern$") then "refused " else "NO TEST " end) \(.name | pad($name))  \(.protected | pad($protected))  \(.ordinary)"),
"",
(if .passed then "passed   the picture was right, and nothing leaked"
 else "FAILED   \(.failures | join("; "))" end)
