# SPDX-License-Identifier: MIT
# The report of scripts/demo --use keys, for a person.
def pad($n): . + " " * ([$n - length, 0] | max);
([.routes[].name | length] | max // 0) as $name |
([.routes[].protected | length] | max // 0) as $protected |
"",
"key      AES-\(.bits), made by the TEE; it is in memory for \(.use // "?")",
"file     \(.bytes // 0) bytes, \(if .same then "encrypted and decrypted by the crypto device" else "NOT THE SAME AFTERWARDS" end)",
"",
"         \("route" | pad($name))  \("the key" | pad($protected))  one in ordinary memory",
(.routes[] |
 "\(if .leaked then "LEAKED  " else "refused " end) \(.name | pad($name))  \(.protected | pad($protected))  \(.ordinary)"),
"",
(if .passed then "passed   the device used the key, and nothing of the CPU reached it; \(.reached_ordinary) routes reach one in ordinary memory"
 else "FAILED   \(.failures | join("; "))" end)
