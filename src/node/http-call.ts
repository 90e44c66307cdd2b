import { Agent, type IncomingMessage, request } from 'node:http';
import { Agent as TlsAgent, request as requestTls } from 'node:https';

export type HttpAnswer = {
  readonly status: number;
  readonly text: string;
  header(name: string): string;
};

export type HttpQuestion = {
  readonly method: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal: AbortSignal;
};

/**
 * Calls to one server over a connection that is kept. An instance makes one every second for as long as it lives: this is a
 * third of the work of `fetch`. Redirections are answers like any other.
 */
export class HttpCalls {
  readonly #agent: Agent | TlsAgent;
  readonly #request: typeof request;

  /** @param server its address: `https:` or `http:` */
  constructor(server: string) {
    const isTls = new URL(server).protocol === 'https:';
    this.#agent = isTls ? new TlsAgent({ keepAlive: true }) : new Agent({ keepAlive: true });
    this.#request = isTls ? requestTls : request;
  }

  /** Resolves once the answer is whole; rejects with what the connection says, or with the signal's reason. */
  ask(url: string, { method, headers, body, signal }: HttpQuestion): Promise<HttpAnswer> {
    const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
    return new Promise((resolve, reject) => {
      const options = { method, headers: { ...headers, ...length }, agent: this.#agent, signal };
      const asked = this.#request(url, options, (response) => void read(response).then(resolve, reject));
      asked.on('error', (error) => reject(signal.aborted ? signal.reason : error));
      asked.end(body);
    });
  }

  /** Lets go of connections that are not in use. */
  close(): void {
    this.#agent.destroy();
  }
}

async function read(response: IncomingMessage): Promise<HttpAnswer> {
  response.setEncoding('utf8');
  let text = '';
  for await (const piece of response) text += piece;
  return {
    status: response.statusCode ?? 0,
    text,
    header: (name) => String(response.headers[name] ?? ''),
  };
}
