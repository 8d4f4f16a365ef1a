# SPDX-License-Identifier: MIT
"""The figures of scripts/bench.

    bench.py list METRICS                       names what is measured
    bench.py programs METRICS [NAME...]         the programs that measure it
    bench.py report METRICS ENVIRONMENT LINES   a report, as JSON, of lines as tests/bench/bench.h has them
    bench.py table REPORT                       for people
    bench.py trace TRACE FRAMES                 lines, of what QEMU traced
    bench.py join OURS THEIRS                   lines of pairs, of two files with a value for each metric
    bench.py document REPORT PAGE               a page of the documentation, with the report's table in it
    bench.py check REPORT                       2 if it is none
    bench.py compare BEFORE AFTER               what became better or worse; 1 if anything is worse

What a guest printed is data: lines that have not the form, or name no metric, are as if they were not there.
"""

import collections
import json
import math
import re
import sys

# What two reports differ by without anybody having changed anything, beyond the noise within each: the same build boots
# to another layout of memory.
FLOOR = 0.02

LINE = re.compile(r'(pair|value)\t([a-z0-9-]{1,64})\t([0-9.eE+-]{1,32})(?:\t([0-9.eE+-]{1,32}))?')


class Failure(Exception):
    pass


def read_metrics(path):
    """The table tests/bench/metrics, by name and in its order."""
    metrics = {}
    with open(path, encoding='utf-8') as file:
        for line in file:
            line = line.rstrip('\n')
            if not line or line.startswith('#'):
                continue
            fields = line.split('\t')
            if len(fields) != 7:
                raise Failure(f'{path}: "{line}" has {len(fields)} fields, not 7')
            name, program, unit, judged, target, what, against = fields
            metrics[name] = {'program': program, 'unit': unit, 'judged': judged, 'what': what, 'against': against,
                             'target': None if target == '-' else float(target)}
    return metrics


def chosen(metrics, names):
    """Those that names stand for: a metric, a program or the beginning of either; all, if there is none."""
    found = {}
    for name in names:
        some = {m: d for m, d in metrics.items() if name in (m, d['program']) or m.startswith(name + '-')}
        if not some:
            raise Failure(f'nothing is called {name} (scripts/bench --list names what is measured)')
        found |= some
    return {m: d for m, d in metrics.items() if m in found} if names else metrics


def read_lines(file, metrics):
    """The samples of each metric: pairs of ours and theirs, or ours and None."""
    samples = {}
    for line in file:
        match = LINE.fullmatch(line.rstrip('\n'))
        if not match or match[2] not in metrics or (match[1] == 'pair') != (match[4] is not None):
            continue
        try:
            ours, theirs = float(match[3]), float(match[4]) if match[4] is not None else None
        except ValueError:
            continue
        if not all(math.isfinite(v) and v >= 0 for v in (ours, theirs or 0)):
            continue
        before = samples.setdefault(match[2], [])
        # One kind of line a metric.
        if not before or (before[0][1] is None) == (theirs is None):
            before.append((ours, theirs))
    return samples


# ---- the trace of what the device was asked for ------------------------------------------------------------------------

# tests/bench/mark.c
MARK = re.compile(r'virtio_gpu_cmd_res_create_3d res 0x[0-9a-f]+, fmt 0x[0-9a-f]+, w (7[0-9]{3}), h 3, d 1')
MARK_WIDTH = 7000
NOTIFY = re.compile(r'virtio_queue_notify vdev (0x[0-9a-f]+) n 0 ')


def read_trace(file):
    """How many commands the device got, and how often it was notified, from each mark on. There are more devices, which
    are notified, too: the device is the one that was notified before most of its commands."""
    marks, mark, notified, before = {}, None, None, collections.Counter()
    for line in file:
        found, notice = MARK.search(line), NOTIFY.search(line)
        if notice:
            notified = notice[1]
            if mark is not None:
                marks[mark][notified] += 1
        elif 'virtio_gpu_cmd_' in line:
            before[notified] += 1
            if mark is not None:
                marks[mark]['commands'] += 1
        if found:
            mark = int(found[1]) - MARK_WIDTH
            marks[mark] = collections.Counter()
    device = before.most_common(1)[0][0] if before else None
    return {mark: {'commands': counts['commands'], 'notifications': counts[device]} for mark, counts in marks.items()}


def trace_lines(counts, frames):
    """Lines as programs print them, of runs of the protected and of the ordinary way after the marks 1 and 2, and 3
    and 4: the second of each has so many frames more."""
    try:
        for what in 'commands', 'notifications':
            ours, theirs = ((counts[i + 1][what] - counts[i][what]) / frames for i in (1, 3))
            yield f'pair\tcount-{what}\t{ours:g}\t{theirs:g}'
    except KeyError:
        return


def joined(ours, theirs):
    """Pairs, of the values that two guests measured."""
    values = [{m[2]: m[3] for m in map(LINE.fullmatch, file.read().splitlines()) if m and m[1] == 'value'}
              for file in (ours, theirs)]
    return [f'pair\t{name}\t{value}\t{values[1][name]}' for name, value in values[0].items() if name in values[1]]


# ---- statistics ------------------------------------------------------------------------------------------------------

def median(values):
    values = sorted(values)
    middle = len(values) // 2
    return values[middle] if len(values) % 2 else (values[middle - 1] + values[middle]) / 2


def interval(values):
    """Where the median of what the values are a sample of is, with 95 %: between two of them, whatever their
    distribution. Of fewer than six it can only be said that it is among them."""
    values = sorted(values)
    n = len(values)
    if n > 500:
        k = int((n - 1.96 * math.sqrt(n)) / 2)
        return values[k - 1], values[n - k]
    # The largest k for which fewer than k of n values are below the median with a probability of at most 2.5 %.
    k, tail, term = 0, 0.0, 0.5 ** n
    while tail + term <= 0.025:
        tail += term
        term *= (n - k) / (k + 1)
        k += 1
    k = max(k, 1)
    return values[k - 1], values[n - k]


def describe(values):
    low, high = interval(values)
    return {'median': median(values), 'low': low, 'high': high, 'min': min(values), 'max': max(values)}


def evaluate(pairs):
    """The figures of a metric."""
    ours = [a for a, _ in pairs]
    # What another report is compared with: the ratios, in which the machine's speed cancels, or else ours.
    result = {'ours': describe(ours), 'figures': ours}
    if pairs[0][1] is None:
        return result
    theirs = [b for _, b in pairs]
    result['theirs'] = describe(theirs)
    # Two that are nothing are the same.
    ratios = [a / b if b else (1.0 if not a else None) for a, b in pairs]
    if None not in ratios:
        result['ratio'] = describe(ratios)
        result['ratio']['of_sums'] = sum(ours) / sum(theirs) if sum(theirs) else 1.0
        result['figures'] = ratios
    return result


def meets(metric, result):
    """Whether the target is met; None where there is none."""
    if metric['target'] is None or metric['judged'] == '-':
        return None
    judged = result.get('ratio', result['ours'])
    worst = judged['median']
    if metric['judged'] == 'sum':
        worst = max(worst, judged.get('of_sums', worst))
    # As it is printed.
    return round(worst, 4) <= metric['target']


def report(metrics, environment, samples):
    measured = {}
    for name, metric in metrics.items():
        if name in samples:
            result = evaluate(samples[name])
            measured[name] = metric | result | {'met': meets(metric, result)}
    return {'environment': environment, 'metrics': measured, 'missing': [m for m in metrics if m not in measured]}


# ---- for people ------------------------------------------------------------------------------------------------------

SCALES = {'ns': ((1e9, 's'), (1e6, 'ms'), (1e3, 'µs'), (1, 'ns')),
          'bytes': ((1 << 20, 'MiB'), (1 << 10, 'KiB'), (1, 'B')),
          'B/s': ((1e9, 'GB/s'), (1e6, 'MB/s'), (1e3, 'kB/s'), (1, 'B/s')),
          'instructions': ((1e6, 'M'), (1e3, 'k'), (1, ''))}


def quantity(value, unit):
    for factor, name in SCALES.get(unit, ((1, ''),)):
        if value >= factor or factor == 1:
            number = value / factor
            digits = 0 if number >= 100 or number == int(number) else 1 if number >= 10 else 2
            return f'{number:.{digits}f} {name}'.rstrip()
    return str(value)


def ratio(value):
    return f'{value:.4f}' if value < 0.1 else f'{value:.3f}'


def table(rep):
    rows = [('metric', 'ours', 'theirs', 'ratio', 'min', 'max', 'target', '')]
    for name, m in rep['metrics'].items():
        judged = m.get('ratio')
        rows.append((
            name,
            quantity(m['ours']['median'], m['unit']),
            quantity(m['theirs']['median'], m['unit']) if 'theirs' in m else '',
            ratio(judged['median']) if judged else '',
            ratio(judged['min']) if judged else '',
            ratio(judged['max']) if judged else '',
            '' if m['target'] is None else f'{m["target"]:g}',
            {True: 'met', False: 'NOT MET', None: ''}[m['met']],
        ))
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        yield '  '.join(cell.ljust(width) if i in (0, 7) else cell.rjust(width)
                        for i, (cell, width) in enumerate(zip(row, widths))).rstrip()
    for name in rep['missing']:
        yield f'{name}  NOT MEASURED'


BEGIN, END = '<!-- figures: scripts/bench --document -->\n', '<!-- end of figures -->\n'


def document(rep, text):
    """A page with the table of a report between the two marks."""
    if text.count(BEGIN) != 1 or text.count(END) != 1 or text.index(BEGIN) > text.index(END):
        raise Failure(f'the page has no "{BEGIN.strip()}" and "{END.strip()}" to put the figures between')
    rows = ['| measure | against | ours | theirs | ratio: median | least, most | target | |',
            '| --- | --- | ---: | ---: | ---: | --- | ---: | --- |']
    for m in rep['metrics'].values():
        r = m.get('ratio')
        rows.append('| ' + ' | '.join((
            m['what'], '—' if m['against'] == '-' else m['against'],
            quantity(m['ours']['median'], m['unit']),
            quantity(m['theirs']['median'], m['unit']) if 'theirs' in m else '—',
            ratio(r['median']) if r else '—',
            f'{ratio(r["min"])}, {ratio(r["max"])}' if r else '—',
            '—' if m['target'] is None else f'{m["target"]:g}',
            {True: 'met', False: '**not met**', None: ''}[m['met']])) + ' |')
    env = rep['environment']
    rows += ['', 'Measured with: ' + '; '.join(f'{key}: {env[key]}' for key in env) + '.']
    return text[:text.index(BEGIN) + len(BEGIN)] + '\n' + '\n'.join(rows) + '\n\n' + text[text.index(END):]


# ---- two reports -----------------------------------------------------------------------------------------------------

# Two samples differ when it has a probability of less than this that they are of the same thing: so that in a repeat of
# 40 metrics none does, nine times in ten.
CHANCE = 2.8  # 0.5 %, in standard deviations


def shift(before, after):
    """By how much after is greater than before, as a part of it: the estimate of Hodges and Lehmann, and the interval of
    the test of Wilcoxon, Mann and Whitney that goes with it. None: there are too few values for an interval."""
    if min(*before, *after) > 0:
        differences = sorted(math.log(b / a) for a in before for b in after)
        back = math.expm1
    else:
        scale = median(before) or 1.0
        differences = sorted((b - a) / scale for a in before for b in after)
        back = float
    m, n = len(before), len(after)
    k = int(m * n / 2 - CHANCE * math.sqrt(m * n * (m + n + 1) / 12))
    bounds = (back(differences[k]), back(differences[-k - 1])) if k >= 0 else None
    return back(median(differences)), bounds


def verdict(before, after):
    """How a metric changed: better, worse, same or unknown, by how much, and what change would have been noticed."""
    a, b = before['figures'], after['figures']
    # Counts: what does not vary needs no statistics.
    if len(set(a)) == 1 and len(set(b)) == 1 and before['unit'] not in ('ns', 'B/s'):
        change = b[0] / a[0] - 1 if a[0] else math.inf if b[0] else 0.0
        notices, changed = 0.0, change != 0
    else:
        change, bounds = shift(a, b)
        if not bounds:
            return 'unknown', change, math.inf
        notices = max(FLOOR, bounds[1] - change, change - bounds[0])
        changed = abs(change) > FLOOR and not bounds[0] <= 0 <= bounds[1]
    if not changed:
        return 'same', change, notices
    higher_is_better = before['unit'] == 'B/s'
    return 'worse' if (change > 0) != higher_is_better else 'better', change, notices


def compare(before, after):
    """Lines for people, and whether anything is worse."""
    lines, worse = [], False
    width = max((len(name) for name in after['metrics']), default=0)
    for name, metric in after['metrics'].items():
        if name not in before['metrics']:
            lines.append(f'{name.ljust(width)}  new')
            continue
        word, change, notices = verdict(before['metrics'][name], metric)
        worse |= word == 'worse'
        notice = f'would notice {notices * 100:.1f} %' if math.isfinite(notices) else 'too few figures to say'
        lines.append(f'{name.ljust(width)}  {word:7}  {change * 100:+7.1f} %  ({notice})')
    for name in before['metrics']:
        if name not in after['metrics']:
            lines.append(f'{name.ljust(width)}  not measured this time')
    for key in sorted(set(before['environment']) | set(after['environment'])):
        old, new = before['environment'].get(key), after['environment'].get(key)
        if old != new and key not in ('date', 'load', 'commit'):
            lines.append(f'# another {key}: {old}, and now {new}')
    return lines, worse


# ---- the command -----------------------------------------------------------------------------------------------------

def read_report(path):
    try:
        with open(path, encoding='utf-8') as file:
            rep = json.load(file)
        rep['metrics'], rep['environment']
        return rep
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Failure(f'{path} is no report of scripts/bench: {error}') from error


def main(arguments):
    command, *rest = arguments
    if command == 'list':
        for name, metric in read_metrics(rest[0]).items():
            target = '' if metric['target'] is None else f' (target: {metric["target"]:g})'
            against = '' if metric['against'] == '-' else f', against: {metric["against"]}'
            print(f'{name:24} {metric["what"]}{against}{target}')
    elif command == 'programs':
        print(*dict.fromkeys(m['program'] for m in chosen(read_metrics(rest[0]), rest[1:]).values()), sep='\n')
    elif command == 'report':
        environment = {}
        with open(rest[1], encoding='utf-8') as file:
            for line in file:
                key, _, value = line.rstrip('\n').partition('\t')
                environment[key] = value
        metrics = read_metrics(rest[0])
        with open(rest[2], encoding='utf-8', errors='replace') as file:
            samples = read_lines(file, metrics)
        wanted = chosen(metrics, rest[3:])
        json.dump(report(wanted, environment, samples), sys.stdout, indent=1, ensure_ascii=False)
        print()
    elif command == 'table':
        print(*table(read_report(rest[0])), sep='\n')
    elif command == 'trace':
        with open(rest[0], encoding='utf-8', errors='replace') as file:
            print(*trace_lines(read_trace(file), int(rest[1])), sep='\n')
    elif command == 'join':
        with open(rest[0], encoding='utf-8', errors='replace') as ours, \
                open(rest[1], encoding='utf-8', errors='replace') as theirs:
            print(*joined(ours, theirs), sep='\n')
    elif command == 'document':
        with open(rest[1], encoding='utf-8') as file:
            page = document(read_report(rest[0]), file.read())
        sys.stdout.write(page)
    elif command == 'check':
        read_report(rest[0])
    elif command == 'compare':
        lines, worse = compare(read_report(rest[0]), read_report(rest[1]))
        print(*lines, sep='\n')
        return 1 if worse else 0
    return 0


if __name__ == '__main__':
    try:
        sys.exit(main(sys.argv[1:]))
    except Failure as failure:
        print(f'protex: {failure}', file=sys.stderr)
        sys.exit(2)
