import { waitFor } from '../support/wait-for.js';

type Members = Readonly<Record<string, unknown>>;
type Send = (method: string, params?: Members) => Promise<Members>;
type Listen = (method: string, params: Members) => void;

/** One page of a browser, as a person would use it: by what is written on it. */
export class BrowserPage {
  /** What the browser complained of, a refusal by the page's policy among it. */
  readonly complaints: string[] = [];
  /** Every URL that was asked for. */
  readonly asked: string[] = [];

  private constructor(private readonly send: Send) {}

  static async attach(send: Send, on: (listen: Listen) => void): Promise<BrowserPage> {
    const page = new BrowserPage(send);
    on((method, params) => {
      page.notice(method, params);
    });
    for (const domain of ['Page', 'Runtime', 'Log', 'Network']) {
      await send(`${domain}.enable`);
    }
    return page;
  }

  /** Opens an address and waits until it is there. */
  async goTo(url: string): Promise<void> {
    await this.during(() => this.send('Page.navigate', { url }));
  }

  /** What a script on the page gives; it may be a promise. */
  async evaluate<Value>(expression: string): Promise<Value> {
    const answer = await this.send('Runtime.evaluate', {
      expression,
      awaitPromise: true,
      returnByValue: true,
      userGesture: true,
    });
    if (answer.exceptionDetails !== undefined) {
      throw new Error(`${expression}: ${JSON.stringify(answer.exceptionDetails)}`);
    }
    return (answer.result as { readonly value: Value }).value;
  }

  text(selector = 'body'): Promise<string> {
    return this.evaluate(`document.querySelector(${JSON.stringify(selector)})?.innerText ?? ''`);
  }

  url(): Promise<string> {
    return this.evaluate('location.href');
  }

  /** Writes into a field as a keyboard does. */
  async type(selector: string, text: string): Promise<void> {
    const field = JSON.stringify(selector);
    await this.evaluate(`{ const f = document.querySelector(${field}); f.focus(); f.select?.(); }`);
    await this.send('Input.insertText', { text });
  }

  /** Clicks a button or link of this text, and waits for the page that this leads to. */
  async follow(text: string): Promise<void> {
    await this.during(() => this.click(text));
  }

  /** Clicks a button or link of this text. */
  async click(text: string): Promise<void> {
    const found = await this.evaluate<boolean>(
      `(() => {
        const said = ${JSON.stringify(text)};
        const within = (place) => [...document.querySelectorAll(place + ' :is(button, a, summary)')];
        const all = [...within('main'), ...within('body')];
        const one = all.find((e) => e.innerText.replace(/\\s+/g, ' ').trim() === said && e.checkVisibility());
        one?.scrollIntoView();
        one?.click();
        return one !== undefined;
      })()`,
    );
    if (!found) {
      throw new Error(`nothing says ${text}: ${await this.text()}`);
    }
  }

  async waitForText(text: string | RegExp, timeoutMs = 20_000): Promise<void> {
    const isThere = async (): Promise<boolean> => {
      const shown = await this.text().catch(() => '');
      return typeof text === 'string' ? shown.includes(text) : text.test(shown);
    };
    await waitFor(isThere, { timeoutMs, what: `${String(text)} on the page` });
  }

  /** The cookies of the page's context. */
  async cookies(): Promise<readonly Members[]> {
    return (await this.send('Network.getCookies')).cookies as readonly Members[];
  }

  async setCookie(cookie: Members): Promise<void> {
    await this.send('Network.setCookie', cookie);
  }

  async setScripts(isOn: boolean): Promise<void> {
    await this.send('Emulation.setScriptExecutionDisabled', { value: !isOn });
  }

  async setColours(scheme: 'light' | 'dark'): Promise<void> {
    const features = [
      { name: 'prefers-color-scheme', value: scheme },
      { name: 'prefers-reduced-motion', value: 'reduce' },
    ];
    await this.send('Emulation.setEmulatedMedia', { features });
  }

  async setWidth(width: number, height: number): Promise<void> {
    const metrics = { width, height, deviceScaleFactor: 1, mobile: width < 600 };
    await this.send('Emulation.setDeviceMetricsOverride', metrics);
  }

  async allowClipboard(origin: string): Promise<void> {
    await this.send('Browser.grantPermissions', {
      origin,
      permissions: ['clipboardReadWrite', 'clipboardSanitizedWrite'],
    }).catch(() => undefined);
    await this.send('Page.bringToFront');
  }

  /** What a window shows of the page, as a small WebP. */
  async view(): Promise<Buffer> {
    const { data } = await this.send('Page.captureScreenshot', { format: 'webp', quality: 80 });
    return Buffer.from(String(data), 'base64');
  }

  /** The whole page as a PNG. */
  async picture(): Promise<Buffer> {
    const { data } = await this.send('Page.captureScreenshot', { captureBeyondViewport: true });
    return Buffer.from(String(data), 'base64');
  }

  private loads = 0;

  private async during(act: () => Promise<unknown>): Promise<void> {
    const before = this.loads;
    await act();
    await waitFor(() => Promise.resolve(this.loads > before), { what: 'the page to load' });
  }

  /** Answers with a status of failure are what tests ask for, and advice is none of ours. */
  private complain(entry: { readonly source: string; readonly level: string }): void {
    if (entry.source !== 'network' && entry.level !== 'verbose') {
      this.complaints.push(JSON.stringify(entry));
    }
  }

  private notice(method: string, params: Members): void {
    switch (method) {
      case 'Page.loadEventFired':
        this.loads += 1;
        break;
      case 'Network.requestWillBeSent':
        this.asked.push((params.request as { readonly url: string }).url);
        break;
      case 'Runtime.exceptionThrown':
        this.complaints.push(JSON.stringify(params.exceptionDetails));
        break;
      case 'Log.entryAdded':
        this.complain(params.entry as { readonly source: string; readonly level: string });
        break;
      default:
    }
  }
}
