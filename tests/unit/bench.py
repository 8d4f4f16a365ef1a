# SPDX-License-Identifier: MIT
"""The statistics of scripts/bench, on reports that are made up."""

import io
import json
import os
import random
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '../../scripts/lib'))
sys.dont_write_bytecode = True
import bench  # noqa: E402

METRIC = {'program': 'p', 'unit': 'ns', 'judged': 'median', 'target': 1.0, 'what': 'w', 'against': 'a'}


def noisy(seed, slower=0.0, pairs=200, noise=0.05, outliers=0.1):
    """Pairs as a shared machine has them: both have what the moment brings, each has noise of its own, and some turns are
    disturbed."""
    r = random.Random(seed)
    made = []
    for _ in range(pairs):
        moment = r.lognormvariate(0, 0.3)
        ours, theirs = (moment * r.lognormvariate(0, noise) * (r.uniform(1.5, 4) if r.random() < outliers else 1)
                        for _ in 'ab')
        made.append((ours * (1 + slower), theirs))
    return made


def report_of(pairs, **metric):
    return bench.report({'m': METRIC | metric}, {}, {'m': pairs})


def word(before, after, **metric):
    a, b = (report_of(pairs, **metric)['metrics']['m'] for pairs in (before, after))
    return bench.verdict(a, b)[0]


class Statistics(unittest.TestCase):
    def test_medians(self):
        self.assertEqual(bench.median([3, 1, 2]), 2)
        self.assertEqual(bench.median([4, 1, 2, 3]), 2.5)

    def test_the_interval_is_the_one_of_the_textbook(self):
        # Of n sorted values, which two have the median between them with 95 %: from tables of the sign test.
        for n, k in (6, 1), (10, 2), (20, 6), (50, 18), (100, 40):
            values = list(range(1, n + 1))
            self.assertEqual(bench.interval(values), (k, n + 1 - k), n)
        self.assertEqual(bench.interval([5]), (5, 5))
        low, high = bench.interval(list(range(5000)))
        self.assertTrue(2400 < low < 2500 < high < 2600)

    def test_the_interval_has_the_median_in_19_of_20(self):
        r = random.Random(1)
        inside = 0
        for _ in range(2000):
            low, high = bench.interval([r.lognormvariate(0, 1) for _ in range(31)])
            inside += low <= 1 <= high
        self.assertTrue(1880 <= inside <= 2000, inside)


class Targets(unittest.TestCase):
    def met(self, pairs, **metric):
        return report_of(pairs, **metric)['metrics']['m']['met']

    def test_medians_are_judged(self):
        self.assertTrue(self.met([(1, 1)] * 3 + [(9, 1)]))
        self.assertFalse(self.met([(1.01, 1)] * 3))
        self.assertIsNone(self.met([(9, 1)], target=None))
        self.assertIsNone(self.met([(9, 1)], judged='-'))

    def test_sums_are_judged_where_they_are_to_be(self):
        pairs = [(1, 100)] * 3 + [(50, 100)]
        self.assertTrue(self.met(pairs, target=0.01))
        self.assertFalse(self.met(pairs, target=0.01, judged='sum'))

    def test_what_is_compared_with_nothing(self):
        self.assertTrue(self.met([(0, None)], target=0))
        self.assertFalse(self.met([(1, None)], target=0))

    def test_nothing_against_nothing_is_the_same(self):
        self.assertTrue(self.met([(0, 0)]))
        self.assertEqual(report_of([(0, 0)])['metrics']['m']['ratio']['median'], 1)


class Comparison(unittest.TestCase):
    def test_a_repeat_is_the_same(self):
        self.assertEqual([word(noisy(seed), noisy(seed + 1000)) for seed in range(60)], ['same'] * 60)

    def test_five_percent_are_noticed(self):
        worse = [word(noisy(seed), noisy(seed + 1000, slower=0.05)) for seed in range(60)]
        self.assertGreaterEqual(worse.count('worse'), 57)
        self.assertNotIn('better', worse)

    def test_five_percent_the_other_way_are_better(self):
        self.assertEqual(word(noisy(1, slower=0.05), noisy(2)), 'better')

    def test_one_percent_of_noise_is_not_noticed(self):
        self.assertEqual(word(noisy(1, noise=0.001, outliers=0), noisy(2, noise=0.001, outliers=0, slower=0.01)), 'same')

    def test_counts_are_exact(self):
        self.assertEqual(word([(41, None)], [(42, None)], unit='count'), 'worse')
        self.assertEqual(word([(41, None)], [(40, None)], unit='count'), 'better')
        self.assertEqual(word([(41, None)], [(41, None)], unit='count'), 'same')
        self.assertEqual(word([(0, None)], [(1, None)], unit='count'), 'worse')
        self.assertEqual(word([(0, 3)], [(0, 3)], unit='count'), 'same')

    def test_more_bytes_a_second_are_better(self):
        self.assertEqual(word([(100, None)], [(200, None)], unit='B/s'), 'better')

    def test_what_is_new_or_gone_is_said(self):
        one, none = report_of([(1, 1)]), bench.report({}, {'cpu': 'another'}, {})
        lines, worse = bench.compare(none, one)
        self.assertIn('new', lines[0])
        self.assertFalse(worse)
        lines, worse = bench.compare(one, none)
        self.assertIn('not measured', lines[0])
        self.assertTrue(any(line.startswith('# another cpu') for line in lines))


class Lines(unittest.TestCase):
    def read(self, text):
        return bench.read_lines(io.StringIO(text), {'m': METRIC, 'n': METRIC})

    def test_samples_are_read(self):
        self.assertEqual(self.read('pair\tm\t1\t2\nvalue\tn\t3.5e1\n# text\npair\tm\t2\t4\n'),
                         {'m': [(1, 2), (2, 4)], 'n': [(35, None)]})
        self.assertEqual(self.read('pair\tm\t1\t2\nvalue\tm\t1\n'), {'m': [(1, 2)]})

    def test_what_is_no_sample_is_nothing(self):
        for line in ('pair\tm\t1', 'value\tm\t1\t2', 'pair\tother\t1\t2', 'pair\tm\tnan\t2', 'pair\tm\t1\t-2',
                     'pair\tm\t1e999\t2', 'pair\tm\t1\t2\t3', 'pair m 1 2', 'pair\tm\t1.2.3\t2', 'x' * 10000,
                     'pair\tm\t__import__\t2', 'pair\tm\t$(id)\t2'):
            self.assertEqual(self.read(line + '\n'), {}, line)


class Tables(unittest.TestCase):
    def test_the_metrics_of_the_project_are_a_table(self):
        metrics = bench.read_metrics(os.path.join(os.path.dirname(__file__), '../bench/metrics'))
        for name, metric in metrics.items():
            self.assertRegex(name, '^[a-z0-9-]{1,64}$')
            self.assertIn(metric['judged'], ('median', 'sum', '-'))
            self.assertIn(metric['unit'], (*bench.SCALES, 'count', 'ratio'))

    def test_names_stand_for_metrics_and_programs(self):
        metrics = {'a-x': METRIC, 'a-y': METRIC, 'b': METRIC | {'program': 'q'}}
        self.assertEqual(list(bench.chosen(metrics, [])), ['a-x', 'a-y', 'b'])
        self.assertEqual(list(bench.chosen(metrics, ['q', 'a-y'])), ['a-y', 'b'])
        self.assertEqual(list(bench.chosen(metrics, ['a'])), ['a-x', 'a-y'])
        self.assertRaises(bench.Failure, bench.chosen, metrics, ['c'])

    def test_a_report_goes_through_json_into_a_table(self):
        report = json.loads(json.dumps(report_of([(1e6, 2e6)] * 6, target=0.4)))
        lines = list(bench.table(report))
        self.assertIn('1 ms', lines[1])
        self.assertIn('0.500', lines[1])
        self.assertIn('NOT MET', lines[1])
        self.assertIn('m  NOT MEASURED', bench.table(bench.report({'m': METRIC}, {}, {})))

    def test_what_is_no_report_is_refused(self):
        with tempfile.NamedTemporaryFile('w') as file:
            file.write('{"metrics": {}}')
            file.flush()
            self.assertRaises(bench.Failure, bench.read_report, file.name)
        self.assertRaises(bench.Failure, bench.read_report, '/nonexistent')


class TwoGuests(unittest.TestCase):
    def test_values_of_one_metric_are_a_pair(self):
        ours = io.StringIO('value\ta\t12\nvalue\tb\t5\nvalue\tnan\tnan\n# a remark\npair\tc\t1\t2\n')
        theirs = io.StringIO('value\ta\t10\nvalue\td\t7\nvalue\ta; rm -r\t7\npair\tc\t1\t2\n')
        self.assertEqual(bench.joined(ours, theirs), ['pair\ta\t12\t10'])


class Tap(unittest.TestResult):
    def __init__(self):
        super().__init__()
        self.count = 0

    def say(self, verdict, test, error=None):
        self.count += 1
        if error:
            print(*('# ' + line for line in self._exc_info_to_string(error, test).splitlines()), sep='\n')
        print(f'{verdict} {self.count} - {test.id().removeprefix("__main__.")}')

    def addSuccess(self, test):
        self.say('ok', test)

    def addFailure(self, test, error):
        super().addFailure(test, error)
        self.say('not ok', test, error)

    def addError(self, test, error):
        super().addError(test, error)
        self.say('not ok', test, error)


if __name__ == '__main__':
    result = Tap()
    unittest.defaultTestLoader.loadTestsFromModule(sys.modules['__main__']).run(result)
    print(f'1..{result.count}')
    sys.exit(not result.wasSuccessful())
