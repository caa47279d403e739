import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { METRICS } from './metric-table.ts';

/** The name of a metric of the daemon's own. */
export type MetricName = keyof typeof METRICS;

type Table = typeof METRICS;
type Recorded<T> = {
  [N in MetricName]: Table[N] extends { recorded: true; type: T } ? N : never;
}[MetricName];

/** Metrics that are written down as they happen. */
export type HistogramName = Recorded<'histogram'>;
export type CounterName = Recorded<'counter'>;
/** Metrics that are read when somebody asks. */
export type SampledName = Exclude<MetricName, HistogramName | CounterName>;

/** The labels that a metric must have. */
export type Labels<N extends MetricName> = Readonly<Record<Table[N]['labels'][number], string>>;

/** One value of a metric that is read when somebody asks. */
export type Sample = {
  [N in SampledName]: { readonly name: N; readonly labels: Labels<N>; readonly value: number };
}[SampledName];

/** What is measured, in the form that Prometheus reads. */
export interface Metrics {
  count<N extends CounterName>(name: N, labels: Labels<N>): void;
  /** Seconds, or a size. */
  observe<N extends HistogramName>(name: N, labels: Labels<N>, value: number): void;
  /** Everything that was written down, and `samples`, as text; metrics without a sample are left out. */
  text(samples: readonly Sample[]): Promise<string>;
}

/** The media type of the text: version 0.0.4 of the exposition format. */
export const METRICS_TYPE = Registry.PROMETHEUS_CONTENT_TYPE;

/** Metrics of their own, those of the runtime included. */
export function createMetrics(): Metrics {
  const recorded = new Registry();
  const counters = new Map<MetricName, Counter>();
  const histograms = new Map<MetricName, Histogram>();
  collectDefaultMetrics({ register: recorded });
  for (const [name, declared] of Object.entries(METRICS)) {
    if (!('recorded' in declared)) continue;
    const options = { ...optionsOf(name as MetricName), registers: [recorded] };
    if (declared.type === 'counter') counters.set(name as MetricName, new Counter(options));
    else histograms.set(name as MetricName, new Histogram({ ...options, buckets: [...declared.buckets] }));
  }
  return {
    count: (name, labels) => counters.get(name)!.inc(labels),
    observe: (name, labels, value) => histograms.get(name)!.observe(labels, value),
    text: async samples => `${await sampled(samples).metrics()}\n${await recorded.metrics()}`,
  };
}

/** In a registry of their own: who asks sees only what is theirs to see. */
function sampled(samples: readonly Sample[]): Registry {
  const registry = new Registry();
  const made = new Map<MetricName, Gauge | Counter>();
  for (const { name, labels, value } of samples) {
    const metric = made.get(name) ?? newMetric(name, registry);
    made.set(name, metric);
    metric.inc(labels, value);
  }
  return registry;
}

function newMetric(name: SampledName, registry: Registry): Gauge | Counter {
  const options = { ...optionsOf(name), registers: [registry] };
  return METRICS[name].type === 'counter' ? new Counter(options) : new Gauge(options);
}

function optionsOf(name: MetricName) {
  const { help, labels } = METRICS[name];
  return { name, help, labelNames: [...labels] as string[] };
}
