import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { METRICS, metricRows } from '../../src/platform/metric-table.ts';
import { createMetrics, METRICS_TYPE } from '../../src/platform/metrics.ts';

const config = (name: string) => readFileSync(join(import.meta.dirname, '../../config', name), 'utf8');

interface Dashboard {
  readonly panels: readonly {
    readonly title: string;
    readonly targets: readonly { readonly expr: string }[];
  }[];
}

interface Alerts {
  readonly groups: readonly {
    readonly rules: readonly { readonly alert: string; readonly expr: string }[];
  }[];
}

/** Names of metrics in a query; what Prometheus makes itself of a scrape is `up`. */
function namesIn(query: string): string[] {
  return query.match(/\b(?:facegate|nodejs|process)_\w+/g) ?? [];
}

/** The series that a metric is written as. */
function seriesOf({ name, type }: { name: string; type: string }): string[] {
  return type === 'histogram' ? ['bucket', 'sum', 'count'].map(part => `${name}_${part}`) : [name];
}

const known = new Set(metricRows().flatMap(seriesOf));

describe('the table of metrics', () => {
  it('names them as Prometheus wants it', () => {
    for (const { name, type, labels } of metricRows()) {
      expect(name).toMatch(/^(facegate|process|nodejs)(_[a-z0-9]+)+$/);
      expect([name, name.endsWith('_total')]).toEqual([name, type === 'counter']);
      for (const label of labels) expect(label).toMatch(/^[a-z_]+$/);
    }
  });

  it('has no label that could hold a person', () => {
    const labels = new Set(Object.values(METRICS).flatMap(metric => [...metric.labels]));
    expect([...labels].sort()).toEqual(
      [
        'camera',
        'decision',
        'door',
        'lane',
        'node_version',
        'phase',
        'reason',
        'route',
        'stage',
        'state',
        'status',
        'type',
        'version',
      ].sort(),
    );
  });

  it('has what the runtime supplies under the names it lists', async () => {
    const text = await createMetrics().text([]);
    for (const { name } of metricRows().filter(row => !row.name.startsWith('facegate_')))
      expect(text).toMatch(new RegExp(`^${name} [\\d.e-]+$`, 'm'));
  });
});

describe('what ships for monitoring', () => {
  const { panels } = JSON.parse(config('grafana-dashboard.json')) as Dashboard;
  const { groups } = parse(config('prometheus-alerts.yml')) as Alerts;
  const queries = [
    ...panels.flatMap(({ title, targets }) => targets.map(({ expr }) => [title, expr] as const)),
    ...groups.flatMap(({ rules }) => rules.map(({ alert, expr }) => [alert, expr] as const)),
  ];

  it.each(queries)('%s asks only for metrics that there are', (_, query) => {
    const names = namesIn(query);
    expect(names.length + Number(query.startsWith('up{'))).toBeGreaterThan(0);
    expect(names.filter(name => !known.has(name))).toEqual([]);
  });
});

describe('metrics', () => {
  it('are written in the text format, with what was counted, observed and sampled', async () => {
    const metrics = createMetrics();
    metrics.count('facegate_events_total', { type: 'person_seen' });
    metrics.count('facegate_events_total', { type: 'person_seen' });
    metrics.observe('facegate_search_seconds', {}, 0.002);
    const lines = (
      await metrics.text([
        { name: 'facegate_camera_up', labels: { camera: 'door' }, value: 1 },
        { name: 'facegate_camera_up', labels: { camera: 'gate' }, value: 0 },
        { name: 'facegate_camera_frames_total', labels: { camera: 'door' }, value: 12 },
      ])
    ).split('\n');
    expect(METRICS_TYPE).toBe('text/plain; version=0.0.4; charset=utf-8');
    for (const line of [
      '# TYPE facegate_camera_up gauge',
      'facegate_camera_up{camera="door"} 1',
      'facegate_camera_up{camera="gate"} 0',
      '# TYPE facegate_camera_frames_total counter',
      'facegate_camera_frames_total{camera="door"} 12',
      'facegate_events_total{type="person_seen"} 2',
      'facegate_search_seconds_bucket{le="0.001"} 0',
      'facegate_search_seconds_bucket{le="0.0025"} 1',
      'facegate_search_seconds_count 1',
    ])
      expect(lines).toContain(line);
    expect(lines.filter(line => line.startsWith('# TYPE facegate_camera_up'))).toHaveLength(1);
  });

  it('keep nothing of a sample for the next answer', async () => {
    const metrics = createMetrics();
    await metrics.text([{ name: 'facegate_camera_up', labels: { camera: 'vault' }, value: 1 }]);
    expect(await metrics.text([])).not.toContain('vault');
  });
});
