# SPDX-License-Identifier: MIT
"""
documented.py PROGRAMS: what the table in docs/egl-gl.md names is there: tests in
tests/guest/egl_gl, subtests of piglit in the folder PROGRAMS, suites and mutants;
and every mutant is in it.  Prints what is not.  Runs inside the tool chain.
"""
import fnmatch
import glob
import os
import re
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, '/protex/scripts/lib')
import mutants

wrong = []


def rows():
    with open('/protex/docs/egl-gl.md') as f:
        section = f.read().split('\n## Behaviour\n')[1].split('\n## ')[0]
    for line in section.splitlines():
        cells = re.split(r' *(?<!\\)\| *', line.strip())[1:-1]
        if len(cells) == 5 and cells[0] not in ('case', '---'):
            yield cells


def strings(path):
    """The texts in a program: a name put together by macros is one of them."""
    with open(path, 'rb') as f:
        return {s.decode() for s in re.findall(rb'[\x20-\x7e]{4,}(?=\0)', f.read())}


def programs(folder):
    return {name.split('-', 1)[1]: strings(os.path.join(folder, name)) for name in os.listdir(folder)}


def check_test(test, known, functions):
    if test.endswith('()'):
        found = test[:-2] in functions
    else:
        program, _, pattern = test.partition(': ')
        found = any(fnmatch.fnmatchcase(s, pattern) for s in known.get(program, ()))
    if not found:
        wrong.append('there is no test `%s`' % test)


def main(folder):
    known = programs(folder)
    functions = set()
    for path in glob.glob('/protex/tests/guest/egl_gl/*.c'):
        with open(path) as f:
            functions.update(re.findall(r'^\t\{ ON_\w+, (\w+), "', f.read(), re.M))
    documented = set()
    for case, _, _, tests, names in rows():
        for suite in re.findall(r'the suite `([^`]*)`', tests):
            if not os.path.exists('/protex/tests/suites/' + suite):
                wrong.append('there is no suite `%s`' % suite)
        spans = re.findall(r'`([^`]*)`', re.sub(r'the suite `[^`]*`', '', tests))
        for test in spans:
            check_test(test, known, functions)
        if not case.startswith('**') and not spans and 'not tested' not in tests:
            wrong.append('no test for: ' + case)
        documented.update(re.findall(r'`([^`]*)`', names))
    there = {m[0] for m in mutants.table() if m[1]} - mutants.controls
    wrong.extend('there is no mutant `%s`' % m for m in sorted(documented - there))
    wrong.extend('not documented: mutant `%s`' % m for m in sorted(there - documented))
    print('\n'.join(wrong))
    return 1 if wrong else 0


sys.exit(main(sys.argv[1]))
