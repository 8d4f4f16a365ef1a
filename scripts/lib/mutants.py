# SPDX-License-Identifier: MIT
"""
What scripts/mutate knows about the table of mutants and what their tests said.

tests/mutation/mesa has, for each mutant,

    = NAME [strict|noop] [control] PROGRAM[:ARGUMENT]...
    # what it lacks
    @ FILE
    - the text that is there, once
    + the text instead, in which MUTANT is whether this mutant was asked for

with as many @, - and + as it takes.  One without a program, or that is a control, is
not among "all".  What nothing is switched off in is "none"; those that are strict or noop
have such a base of their own.
"""
import os
import re
import subprocess
import sys

TABLE = '/protex/tests/mutation/mesa'
REFUSED = 'the kernel refuses no submission'
# The tests that count on the driver that does nothing.
LOOKED, LED = 'there is a protected context to look at', 'the driver is asked for nothing that it refuses'
BASES = ('none', 'strict', 'noop')
controls = set()
HEADER = '/protex/tests/mutation/mutant.h'


def table():
    """[(name, [program], base, [(file, old, new)])]"""
    mutants = []
    controls.clear()
    with open(TABLE) as f:
        for number, line in enumerate(f, 1):
            kind, text = line[:1], line[2:].rstrip('\n')
            if kind == '=':
                name, *rest = text.split()
                edits = []
                base = next((r for r in rest if r in BASES), 'none')
                mutants.append((name, [r for r in rest if r not in (base, 'control')], base, edits))
                if 'control' in rest:
                    controls.add(name)
            elif kind == '@':
                path = text
            elif kind == '-':
                if not edits or edits[-1][2] or edits[-1][0] != path:
                    edits.append((path, [], []))
                edits[-1][1].append(text)
            elif kind == '+':
                edits[-1][2].append(text.replace('MUTANT', 'mutant("%s")' % name))
            elif line.strip() and kind != '#':
                sys.exit('%s:%d: what is this?' % (TABLE, number))
    names = [m[0] for m in mutants]
    for name in names:
        if names.count(name) > 1:
            sys.exit('%s: there are two called %s' % (TABLE, name))
    return mutants


def mutate(read):
    """{file: text} of what the mutants change."""
    texts = {}
    wrong = []
    for name, _, _, edits in table():
        for path, old, new in edits:
            text = texts.get(path) or read(path)
            old, new = '\n'.join(old), '\n'.join(new)
            if text.count(old) != 1:
                wrong.append('%s: %s has this %d times, not once:\n%s' % (name, path, text.count(old), old))
            texts[path] = text.replace(old, new)
    if wrong:
        sys.exit('\n'.join(wrong))
    return {path: '#include "util/mutant.h"\n' + text for path, text in texts.items()}


def copy(tree, to):
    """Makes `to` the tree with the mutants, and leaves alone what is as it should be."""
    def read(path):
        with open(os.path.join(tree, path)) as f:
            return f.read()
    changed = {path: text.encode() for path, text in mutate(read).items()}
    with open(HEADER, 'rb') as f:
        changed['src/util/mutant.h'] = f.read()

    def git(*args):
        return subprocess.run(['git', '-C', tree, 'ls-files', '-z', *args], check=True,
                              capture_output=True).stdout.decode().split('\0')[:-1]
    # Our whole files are ignored by git, by an exclude file of the tree's own.
    ours = git('--others', '--ignored', '--exclude-from=.git/info/exclude')
    paths = set(git()) | {p for p in ours if os.path.islink(os.path.join(tree, p))} | changed.keys()
    for path in sorted(paths):
        source, target = os.path.join(tree, path), os.path.join(to, path)
        if path not in changed and (not os.path.exists(source) or os.path.isdir(source)):
            continue
        if path in changed:
            wanted = changed[path]
        else:
            with open(source, 'rb') as f:
                wanted = f.read()
        if os.path.isfile(target):
            with open(target, 'rb') as f:
                if f.read() == wanted:
                    continue
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with open(target, 'wb') as f:
            f.write(wanted)
        if path not in changed:
            os.chmod(target, os.stat(source).st_mode)
    for path in ours_that_went(to, paths):
        os.remove(os.path.join(to, path))


def ours_that_went(to, paths):
    for folder, folders, files in os.walk(to):
        if folder == to and 'build' in folders:
            folders.remove('build')
        for name in files:
            path = os.path.relpath(os.path.join(folder, name), to)
            if path not in paths and '__pycache__' not in path:
                yield path


def plan(folder, everything, names):
    """Prints what has to be run: a line for each of PROTEX_MUTANT and its programs."""
    chosen = [m for m in table() if (m[0] in names if names else m[1] and m[0] not in controls)]
    unknown = set(names) - {m[0] for m in chosen}
    if unknown:
        sys.exit('no mutant is called ' + ', '.join(sorted(unknown)))
    programs = sorted({p for m in table() for p in m[1]})
    need = {base: set() for base in BASES}
    lines = []
    for name, own, base, _ in chosen:
        own = programs if everything else own
        need[base].update(own)
        lines.append('%s %s' % (name if base == 'none' else base + ',' + name, ' '.join(own)))
    # What they are compared with comes first.
    for base in reversed(BASES):
        if need[base]:
            lines.insert(0, '%s %s' % (base, ' '.join(sorted(need[base]))))
    print('\n'.join(lines))


def base_of(mutant):
    first = mutant.split(',')[0]
    return first if first in BASES else 'none'


def said(path):
    """
    {test: passed} of what a program printed, and its exit status.  That the kernel
    refuses no submission is one more test: virgl's winsys says when it does.
    """
    tests, status = {REFUSED: True}, None
    with open(path, errors='replace') as f:
        for line in f:
            piglit = re.match(r'PIGLIT: \{"subtest": \{"(.*)" : "(\w+)"\}\}', line)
            tap = re.match(r'(not )?ok \d+ (?:- )?(.*)', line)
            if piglit:
                tests[piglit[1]] = piglit[2] in ('pass', 'skip')
            elif tap:
                tests[tap[2]] = not tap[1]
            elif line.startswith('got error from kernel'):
                tests[REFUSED] = False
            elif line.startswith('STATUS '):
                status = int(line.split()[1])
    return tests, status


def said_by_noop(path):
    """As said(), on the driver that does nothing: what tests find there says nothing, so two others count."""
    with open(path, errors='replace') as f:
        lines = f.read().splitlines()
    status = [int(line.split()[1]) for line in lines if line.startswith('STATUS ')]
    return {LOOKED: 'noop looks: a protected context' in lines,
            LED: not any(line.startswith('noop refuses: ') for line in lines)}, \
        status[0] if status and status[0] >= 124 else 0 if status else None


def report(folder, lines):
    """Compares each mutant with the Mesa that lacks nothing; 1 if one went unnoticed."""
    results, bad, failed_once = {}, False, set()
    for line in open(lines):
        mutant, *programs = line.split()
        results[mutant] = {}
        for program in programs:
            path = '%s/%s/%s' % (folder, mutant, program)
            read = said_by_noop if base_of(mutant) == 'noop' else said
            results[mutant][program] = read(path) if os.path.exists(path) else ({}, None)
    with open(folder + '/report.txt', 'w') as f:
        def tell(text, short=None):
            f.write(text + '\n')
            print(short or text)
        for mutant, programs in results.items():
            if mutant in BASES:
                for program, (tests, status) in programs.items():
                    failed = [t for t in tests if not tests[t]]
                    if failed or len(tests) < 2 or status != 0:
                        bad = True
                        tell('%s: %s does not pass when nothing is switched off (status %s): %s' % (
                            mutant, program, status, '; '.join(failed)))
                continue
            base = results[base_of(mutant)]
            name = mutant.rpartition(',')[2]
            noticed, incomplete = [], False
            for program, (tests, status) in programs.items():
                before = base[program][0]
                noticed += ['%s: %s' % (program, t) for t in before if t in tests and not tests[t]]
                failed_once.update((program, t) for t in tests if not tests[t])
                # Ended by a signal, or after its time: all that did not run was lost.
                if status is not None and (status >= 124 or any(t not in tests for t in before)):
                    noticed.append('%s: ended with status %d' % (program, status))
                incomplete |= status is None
            if noticed:
                tell('%s: noticed by %d\n\t%s' % (name, len(noticed), '\n\t'.join(noticed)),
                     '%s: noticed by %d: %s%s' % (name, len(noticed), noticed[0],
                                                  ', …' if noticed[1:] else ''))
            else:
                bad = True
                tell('%s: %s' % (name, 'NOT RUN to its end' if incomplete else 'NOTICED BY NONE'))
        count = len([m for m in results if m not in BASES])
        tell('%d mutants' % count)
    with open(folder + '/unmoved.txt', 'w') as f:
        for program, test in sorted({(p, t) for base in BASES for p in results.get(base, {})
                                     for t in results[base][p][0]} - failed_once):
            f.write('%s: %s\n' % (program, test))
    return 1 if bad else 0


def main():
    command, *rest = sys.argv[1:]
    if command == 'copy':
        copy(*rest)
    elif command == 'list':
        print('\n'.join(m[0] for m in table()))
    elif command == 'plan':
        plan(rest[0], rest[1] == '1', rest[2:])
    elif command == 'report':
        return report(*rest)
    return 0


if __name__ == '__main__':
    sys.exit(main())
