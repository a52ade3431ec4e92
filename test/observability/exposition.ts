import { getUrl } from '../support/http-client.js';

export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface MetricFamily {
  readonly name: string;
  readonly type: string;
  readonly help: string;
}

const SAMPLE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/;
const LABEL = /(\w+)="((?:[^"\\]|\\.)*)"/g;

/** One answer of a metrics listener (https://prometheus.io/docs/instrumenting/exposition_formats/). */
export class Exposition {
  readonly samples: readonly Sample[];
  readonly families: readonly MetricFamily[];

  constructor(readonly text: string) {
    const lines = text.split('\n');
    this.samples = lines.filter((line) => line !== '' && !line.startsWith('#')).map(toSample);
    this.families = lines.flatMap((line) => {
      const [, name, help] = /^# HELP (\S+) (.*)$/.exec(line) ?? [];
      const type =
        name === undefined ? undefined : new RegExp(`^# TYPE ${name} (\\S+)$`, 'm').exec(text)?.[1];
      return name === undefined || help === undefined || type === undefined ? [] : [{ name, type, help }];
    });
  }

  static async scrape(url: string): Promise<Exposition> {
    const { status, bytes } = await getUrl(url);
    if (status !== 200) {
      throw new Error(`a scrape of ${url} answered ${status}`);
    }
    return new Exposition(bytes.toString());
  }

  /** The value of the one series with these labels among its own; undefined when there is none. */
  find(name: string, labels: Readonly<Record<string, string>> = {}): number | undefined {
    const found = this.all(name, labels);
    if (found.length > 1) {
      throw new Error(`more than one series ${name} ${JSON.stringify(labels)}`);
    }
    return found[0]?.value;
  }

  /** As `find`, but it must be there. */
  get(name: string, labels: Readonly<Record<string, string>> = {}): number {
    const value = this.find(name, labels);
    if (value === undefined) {
      throw new Error(`no series ${name} ${JSON.stringify(labels)}`);
    }
    return value;
  }

  /** Every series with these labels among its own. */
  all(name: string, labels: Readonly<Record<string, string>> = {}): readonly Sample[] {
    return this.samples.filter(
      (sample) =>
        sample.name === name && Object.entries(labels).every(([key, value]) => sample.labels[key] === value),
    );
  }
}

function toSample(line: string): Sample {
  const [, name, labels = '', value] = SAMPLE.exec(line) ?? [];
  if (name === undefined || value === undefined) {
    throw new Error(`not a sample: ${line}`);
  }
  const pairs = [...labels.matchAll(LABEL)].map(([, key, text]) => [key, text]);
  return { name, labels: Object.fromEntries(pairs) as Record<string, string>, value: Number(value) };
}
