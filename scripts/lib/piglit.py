# SPDX-License-Identifier: MIT
"""
What scripts/piglit knows about tests and results; runs inside the tool chain.
The first argument is the folder with our own tests.

A folder of results has results.json, {test: {"result", "subtests", "seconds",
"said"}}; "deaths", how often the machine died during a test that has no result;
"made_of", what was tested; and shards/N, what machine N was given and left.
"""
import ast
import gzip
import json
import os
import re
import shutil
import sys
import xml.etree.ElementTree as et

INSTALLED = '/usr/lib/' + os.uname().machine + '-linux-gnu/piglit'
OURS = sys.argv[1]
GOOD = ('pass', 'skip')


def read(path, default):
    try:
        with open(path) as f:
            return json.load(f)
    except (OSError, ValueError):
        return default


def write(path, data):
    with open(path + '.part', 'w') as f:
        json.dump(data, f, indent=1, sort_keys=True)
    os.rename(path + '.part', path)


def tests(patterns):
    """The tests whose names match, as {name: element of the profile}."""
    wanted = [re.compile(p, re.IGNORECASE) for p in patterns]
    found = {}
    for folder, profile in ((INSTALLED, 'tests/opengl.xml.gz'), (OURS, 'opengl.xml.gz')):
        with gzip.open(os.path.join(folder, profile)) as f:
            for element in et.parse(f).getroot():
                name = element.get('name')
                if name in found or not any(w.search(name) for w in wanted):
                    continue
                found[name] = element
                # piglit looks for programs in its own folder, but for these.
                for option in element if folder == OURS else []:
                    if option.get('name') == 'command':
                        program, *rest = ast.literal_eval(option.get('value'))
                        option.set('value', repr([os.path.join(OURS, 'bin', program), *rest]))
    return dict(sorted(found.items()))


def platform(name, element):
    """EGL's tests talk to X; all others need no window system."""
    for option in element:
        names = ast.literal_eval(option.get('value')) if option.get('name').endswith('_platforms') else []
        if option.get('name') == 'require_platforms' and 'gbm' in names:
            return 'gbm'
        if option.get('name') == 'exclude_platforms' and 'gbm' in names:
            return 'x11_egl'
    return 'x11_egl' if name.startswith('spec@egl') else 'gbm'


def begin(folder, made_of):
    """Results of something else than made_of are of no use."""
    if read(folder + '/made_of', made_of) != made_of:
        shutil.rmtree(folder)
        os.makedirs(folder)
    write(folder + '/made_of', made_of)
    gather(folder)


def split(folder, shards, patterns):
    """Deals the tests without a result among so many shards; prints their number."""
    chosen = tests(patterns)
    if not chosen:
        sys.exit(1)
    done = read(folder + '/results.json', {})
    missing = [n for n in chosen if n not in done]
    shutil.rmtree(folder + '/shards', ignore_errors=True)
    # A test that a machine died of comes last, so that it takes no other along.
    deaths = read(folder + '/deaths', {})
    missing.sort(key=lambda n: deaths.get(n, 0))
    for i in range(min(int(shards), len(missing))):
        mine = missing[i::int(shards)]
        path = '%s/shards/%d' % (folder, i)
        os.makedirs(path)
        for where in ('gbm', 'x11_egl'):
            names = [n for n in mine if platform(n, chosen[n]) == where]
            root = et.Element('PiglitTestList', count=str(len(names)), name='shard')
            root.extend(chosen[n] for n in names)
            if names:
                with gzip.open('%s/%s.xml.gz' % (path, where), 'wb') as f:
                    et.ElementTree(root).write(f, 'utf-8', True)
    print(len(missing))


def outcome(test):
    said = (test.get('out') or '') + (test.get('err') or '')
    return {
        'result': test['result'],
        'subtests': {n: r for n, r in (test.get('subtests') or {}).items() if n != '__type__'},
        'seconds': round(test['time']['end'] - test['time']['start'], 2),
        'said': '' if test['result'] in GOOD else said[-2000:],
    }


def left_by(path):
    """What a piglit run left: a file for each test, or one for all when it ended."""
    found = {}
    for dirpath, _, files in os.walk(path):
        for name in files:
            if not re.fullmatch(r'(\d+|results)\.json(\.bz2|\.gz|\.xz)?', name):
                continue
            full = os.path.join(dirpath, name)
            if name.endswith('.json'):
                data = read(full, {})
            else:
                import bz2
                import lzma
                opener = {'bz2': bz2, 'xz': lzma, 'gz': gzip}[name.rsplit('.', 1)[1]]
                with opener.open(full, 'rt') as f:
                    data = json.load(f)
            found.update(data.get('tests', data))
    return found


def gather(folder):
    """Takes the results that machines left, however they ended."""
    shards = folder + '/shards'
    results = read(folder + '/results.json', {})
    deaths = read(folder + '/deaths', {})
    for shard in os.listdir(shards) if os.path.isdir(shards) else []:
        for name, test in left_by(os.path.join(shards, shard)).items():
            if test['result'] != 'incomplete':
                results[name] = outcome(test)
                continue
            deaths[name] = deaths.get(name, 0) + 1
            if deaths[name] > 1:
                results[name] = {'result': 'crash', 'subtests': {}, 'seconds': 0,
                                 'said': 'the machine died twice during this test'}
    write(folder + '/results.json', results)
    write(folder + '/deaths', deaths)


def junit(path, cases):
    """cases: (name, verdict, text), the verdict one of ok, skip, bad."""
    suite = et.Element('testsuite', name='piglit', tests=str(len(cases)),
                       failures=str(sum(c[1] == 'bad' for c in cases)),
                       skipped=str(sum(c[1] == 'skip' for c in cases)))
    for name, verdict, text in cases:
        group, _, leaf = name.rpartition('@')
        case = et.SubElement(suite, 'testcase', classname=group, name=leaf)
        if verdict == 'skip':
            et.SubElement(case, 'skipped')
        elif verdict == 'bad':
            # XML has no way to say control characters.
            message = re.sub('[^\t\n\x20-\ud7ff\ue000-\ufffd]', '?', text)
            et.SubElement(case, 'failure', message=message)
    et.ElementTree(suite).write(path, 'utf-8', True)


def flat(results):
    """Each test and each subtest, by its name."""
    all_ = {}
    for name, test in results.items():
        all_[name] = test['result']
        for subtest, result in test['subtests'].items():
            all_['%s@%s' % (name, subtest)] = result
    return all_


def count(values):
    order = ['pass', 'skip', 'warn', 'fail', 'timeout', 'crash']
    values = list(values)
    kinds = sorted(set(values), key=lambda k: (order.index(k) if k in order else 9, k))
    return ', '.join('%d %s' % (values.count(k), k) for k in kinds)


def report(folder, patterns):
    chosen = tests(patterns)
    results = {n: r for n, r in read(folder + '/results.json', {}).items() if n in chosen}
    subtests = [r for t in results.values() for r in t['subtests'].values()]
    bad = {n: r for n, r in flat(results).items() if r not in GOOD}
    cases = [(n, {'pass': 'ok', 'skip': 'skip'}.get(r, 'bad'),
              r + ': ' + results.get(n, {}).get('said', '')) for n, r in flat(results).items()]
    junit(folder + '/junit.xml', cases)
    lines = ['%s: %s' % (r, n) for n, r in sorted(bad.items())]
    lines.append('%s: %d tests: %s' % (os.path.basename(folder), len(results),
                                       count(t['result'] for t in results.values())))
    if subtests:
        lines.append('%s: %d subtests: %s' % (os.path.basename(folder), len(subtests), count(subtests)))
    lines.append('%s: %.0f seconds of tests' % (os.path.basename(folder),
                                                sum(t['seconds'] for t in results.values())))
    with open(folder + '/summary.txt', 'w') as f:
        f.write('\n'.join(lines) + '\n')
    print('\n'.join(lines))
    return 1 if bad else 0 if results else 2


def regressed(before, after):
    return before == 'pass' and after != 'pass'


def again(stock, protex, patterns):
    """Prints patterns for the tests of which something passes on stock only."""
    chosen = tests(patterns)
    before, after = read(stock + '/results.json', {}), read(protex + '/results.json', {})
    for name in chosen:
        a, b = (flat({name: r[name]} if name in r else {}) for r in (before, after))
        if any(regressed(a[n], b.get(n, 'missing')) for n in a):
            print('^%s$' % re.escape(name))


def explained():
    """Differences with a reason: lines of a regular expression, a tab and the reason."""
    with open('/protex/tests/piglit/explained') as f:
        lines = [line.rstrip('\n').split('\t') for line in f if not line.startswith('#')]
    return [(re.compile(pattern), reason) for pattern, reason in lines]


def compare(folder, patterns):
    chosen = tests(patterns)
    reasons = explained()

    def of(which):
        return flat({n: r for n, r in read('%s/%s/results.json' % (folder, which), {}).items()
                     if n in chosen})
    before, after, second = of('stock'), of('protex'), of('protex-again')
    cases, lines, kinds = [], [], []
    for name in sorted(before.keys() | after.keys()):
        a, b = before.get(name, 'missing'), after.get(name, 'missing')
        kind = 'same'
        if regressed(a, b):
            kind = 'unsteady' if second.get(name) == 'pass' else 'REGRESSION'
            for pattern, reason in reasons:
                kind = 'explained (%s)' % reason if pattern.search(name) else kind
        elif a != b:
            kind = 'better' if b == 'pass' else 'different'
        if kind != 'same':
            lines.append('%s: %s on stock, %s on protex: %s' % (kind, a, b, name))
        kinds.append(kind)
        cases.append((name, 'bad' if kind == 'REGRESSION' else 'skip' if b == 'skip' else 'ok',
                      '%s on stock, %s on protex' % (a, b)))
    junit(folder + '/compare.xml', cases)
    worse = kinds.count('REGRESSION')
    why = sum(k.startswith('explained') for k in kinds)
    lines.append('compared %d tests (%d with subtests): %d the same, %d better, %d different, '
                 '%d unsteady, %d explained, %d regressions' % (
                     len(set(before) & set(chosen)), len(kinds), kinds.count('same'),
                     kinds.count('better'), kinds.count('different'), kinds.count('unsteady'), why, worse))
    with open(folder + '/compare.txt', 'w') as f:
        f.write('\n'.join(lines) + '\n')
    print('\n'.join(lines))
    return 1 if worse else 0 if kinds else 2


def main():
    command, *rest = sys.argv[2:]
    if command == 'list':
        print('\n'.join(tests(rest)))
    elif command == 'begin':
        begin(*rest)
    elif command == 'split':
        split(rest[0], rest[1], rest[2:])
    elif command == 'gather':
        gather(*rest)
    elif command == 'report':
        return report(rest[0], rest[1:])
    elif command == 'again':
        again(rest[0], rest[1], rest[2:])
    elif command == 'compare':
        return compare(rest[0], rest[1:])
    return 0


sys.exit(main())
