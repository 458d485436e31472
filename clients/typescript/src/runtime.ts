/** What all requests have in common: the key, retries, errors and pages. Written manually; `rekomi.ts` is generated on top of it, and `edge.ts` uses it. */

export interface RekomiOptions {
  /** `rk_live_…` or `rk_test_…`, from the dashboard under API keys. Keep it on your server: anyone who has it can act for your organization. */
  apiKey: string;
  /** The URL of your ledger, such as `https://ledger.brand.com`. */
  baseUrl: string;
  /** The maximum number of retries after 429, 503 or a broken connection. Defaults to 3. If the response says to wait for more than a minute, there is none. */
  retries?: number;
  /** The timeout of each attempt in milliseconds; for a file, until its beginning arrives. Defaults to 35,000. */
  timeout?: number;
  /** Used instead of the global `fetch`. */
  fetch?: typeof globalThis.fetch;
}

/** Options for a single request. */
export interface CallOptions {
  /** Makes a write safe to repeat, even from another process. By default, each write gets a new key, which its retries share. */
  idempotencyKey?: string;
  signal?: AbortSignal;
  /** Sent as `Rekomi-Request-Id`, so that you can find the request in both your log and ours. */
  requestId?: string;
}

/** Thrown for every response that isn't a success, for every request without a response (`status` 0), and for a success that isn't the JSON it should be. */
export class RekomiError extends Error {
  override readonly name = "RekomiError";
  readonly status: number;
  /** A stable error code to branch on: `not_found`, `validation_failed`, `rate_limited`, … */
  readonly code: string;
  /** The input at fault, if there is one. */
  readonly field: string | undefined;
  /** Quote it in support requests. */
  readonly requestId: string | undefined;
  /** The number of seconds to wait, if the response specifies it. */
  readonly retryAfter: number | undefined;

  constructor(status: number, code: string, message: string, more: { field?: string; requestId?: string; retryAfter?: number; cause?: unknown } = {}) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause });
    this.status = status;
    this.code = code;
    this.field = more.field;
    this.requestId = more.requestId;
    this.retryAfter = more.retryAfter;
  }
}

export interface Page<T> {
  data: T[];
  nextCursor: string | null;
}

/** A list: await it to get one page, or iterate it to get the rows of all pages. */
export class List<T> implements PromiseLike<Page<T>>, AsyncIterable<T> {
  readonly #fetchPage: (cursor?: string) => Promise<Page<T>>;

  constructor(fetchPage: (cursor?: string) => Promise<Page<T>>) {
    this.#fetchPage = fetchPage;
  }

  then<A = Page<T>, B = never>(
    done?: ((page: Page<T>) => A | PromiseLike<A>) | null,
    failed?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.#fetchPage().then(done, failed);
  }

  async *[Symbol.asyncIterator](): AsyncIterator<T> {
    let page = await this.#fetchPage();
    yield* page.data;
    while (page.nextCursor !== null) {
      page = await this.#fetchPage(page.nextCursor);
      yield* page.data;
    }
  }

  /** Returns all rows, or the first `most`. */
  async all(most = Number.POSITIVE_INFINITY): Promise<T[]> {
    const rows: T[] = [];
    if (most <= 0) return rows;
    for await (const row of this) {
      rows.push(row);
      if (rows.length >= most) break;
    }
    return rows;
  }
}

type Query = Record<string, string | number | boolean | null | undefined>;

export interface Call {
  method: string;
  path: string;
  query?: object;
  /** Sent as JSON, unless `contentType` says that it's a text of another type. */
  body?: unknown;
  contentType?: string;
  /** Whether the operation accepts `Idempotency-Key`. */
  repeatable?: boolean;
}

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 60_000;

export class Transport {
  readonly #apiKey: string;
  readonly #baseUrl: string;
  readonly #retries: number;
  readonly #timeout: number;
  readonly #fetch: typeof globalThis.fetch;

  constructor(options: RekomiOptions) {
    if (!options.apiKey) throw new TypeError("apiKey is required");
    this.#apiKey = options.apiKey;
    this.#baseUrl = options.baseUrl.replace(/\/+$/, "");
    this.#retries = options.retries ?? 3;
    this.#timeout = options.timeout ?? 35_000;
    this.#fetch = options.fetch ?? globalThis.fetch.bind(globalThis);
  }

  list<T>(call: Call, options?: CallOptions): List<T> {
    return new List((cursor) => this.send<Page<T>>(cursor === undefined ? call : { ...call, query: { ...call.query, cursor } }, options));
  }

  async send<T>(call: Call, options: CallOptions = {}): Promise<T> {
    const headers = this.#headers(call, options, "application/json");
    const once = () => this.#once(call, headers, AbortSignal.timeout(this.#timeout), options.signal);
    return deliver(once, json<T>, this.#rules(headers, call, options));
  }

  /** Returns the response of an operation with a file: its body is the file. Once it begins, the request isn't repeated. */
  async file(call: Call, options: CallOptions = {}): Promise<Response> {
    const headers = this.#headers(call, options, "*/*");
    const once = async () => {
      const limit = new AbortController();
      const timer = setTimeout(() => limit.abort(), this.#timeout);
      try {
        return await this.#once(call, headers, limit.signal, options.signal);
      } finally {
        clearTimeout(timer);
      }
    };
    return deliver(once, async (response) => response, this.#rules(headers, call, options));
  }

  #rules(headers: Headers, call: Call, options: CallOptions): Rules {
    // A write without its own key could happen twice.
    const safe = call.method === "GET" || headers.has("Idempotency-Key");
    return { server: this.#baseUrl, retries: this.#retries, safe, signal: options.signal };
  }

  #once(call: Call, headers: Headers, limit: AbortSignal, signal: AbortSignal | undefined): Promise<Response> {
    const url = `${this.#baseUrl}${call.path}${queryText(call.query as Query | undefined)}`;
    const body = call.body === undefined ? null : call.contentType === undefined ? JSON.stringify(call.body) : String(call.body);
    return this.#fetch(url, { method: call.method, headers, body, signal: AbortSignal.any([limit, ...(signal ? [signal] : [])]) });
  }

  #headers(call: Call, options: CallOptions, accept: string): Headers {
    const headers = new Headers({ Authorization: `Bearer ${this.#apiKey}`, Accept: accept });
    if (call.body !== undefined) headers.set("Content-Type", call.contentType ?? "application/json");
    if (call.repeatable) headers.set("Idempotency-Key", options.idempotencyKey ?? crypto.randomUUID());
    if (options.requestId !== undefined) headers.set("Rekomi-Request-Id", options.requestId);
    return headers;
  }
}

interface Rules {
  server: string;
  retries: number;
  safe: boolean;
  signal: AbortSignal | undefined;
}

/** Sends until there is a final response, and reads a success. What isn't `safe` to happen twice is repeated only if it certainly didn't happen. */
export async function deliver<T>(once: () => Promise<Response>, read: (response: Response) => Promise<T>, rules: Rules): Promise<T> {
  for (let attempt = 0; ; attempt += 1) {
    let error: RekomiError;
    try {
      const response = await once();
      if (response.ok) return await read(response);
      error = await refusal(response);
    } catch (cause) {
      if (rules.signal?.aborted) throw rules.signal.reason;
      if (cause instanceof RekomiError) throw cause;
      error = new RekomiError(0, "no_answer", `No response from ${rules.server}`, { cause });
    }
    const passing = [0, 503].includes(error.status) ? rules.safe : error.status === 429;
    // A longer wait is up to the caller, who finds it in `retryAfter`.
    const isLong = (error.retryAfter ?? 0) * 1_000 > LONGEST_PAUSE_MS;
    if (!passing || isLong || attempt >= rules.retries) throw error;
    await pause(waitFor(attempt, error.retryAfter), rules.signal);
  }
}

/** Reads the JSON of a success. */
export async function json<T>(response: Response): Promise<T> {
  const text = await response.text();
  if (response.status === 204) return undefined as T;
  try {
    return JSON.parse(text) as T;
  } catch (cause) {
    const requestId = response.headers.get("Rekomi-Request-Id");
    throw new RekomiError(response.status, "unknown", `The response isn't JSON: ${text.slice(0, 200)}`, { cause, ...(requestId === null ? {} : { requestId }) });
  }
}

/** Returns `id` as one segment of a path, whatever it contains. */
export function segment(id: string): string {
  if (id === "" || id === "." || id === "..") throw new TypeError(`not an id: ${JSON.stringify(id)}`);
  return encodeURIComponent(id);
}

function queryText(query: Query = {}): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== null);
  const text = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
  return text === "" ? "" : `?${text}`;
}

async function refusal(response: Response): Promise<RekomiError> {
  const text = await response.text();
  let body: { error?: unknown; message?: unknown; field?: unknown } = {};
  try {
    body = JSON.parse(text) ?? {};
  } catch {
    // A proxy answered; its text is the message.
  }
  const word = (value: unknown) => (typeof value === "string" ? value : undefined);
  const field = word(body.field);
  const requestId = response.headers.get("Rekomi-Request-Id");
  const seconds = Number(response.headers.get("Retry-After") ?? Number.NaN);
  return new RekomiError(response.status, word(body.error) ?? "unknown", word(body.message) ?? (text.slice(0, 200) || response.statusText), {
    ...(field === undefined ? {} : { field }),
    ...(requestId === null ? {} : { requestId }),
    ...(Number.isFinite(seconds) ? { retryAfter: seconds } : {}),
  });
}

/** Waits as long as the server says, otherwise longer each time; the random part spreads the retries of several clients. */
function waitFor(attempt: number, retryAfter: number | undefined): number {
  const usual = FIRST_PAUSE_MS * 2 ** attempt;
  const asked = retryAfter === undefined ? usual : retryAfter * 1_000;
  return Math.min(asked, LONGEST_PAUSE_MS) * (1 + Math.random() * 0.2);
}

function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, milliseconds);
    if (signal?.aborted) stop();
    else signal?.addEventListener("abort", stop, { once: true });
  });
}
