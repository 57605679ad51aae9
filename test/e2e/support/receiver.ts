/** A real HTTP server of somebody else: keeps what arrives, byte for byte, and answers as it was made to. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export type Arrival = {
  method: string;
  /** Path and query as they came. */
  target: string;
  /** Header lines as they came. */
  headers: [name: string, value: string][];
  body: Buffer;
  /** Whether the gateway has closed the connection while the answer was still going on. */
  leftByGateway: boolean;
};

export type Behaviour = (response: ServerResponse, request: IncomingMessage) => void;

const LONGEST_TARGET_BYTES = 64 * 1024;

export const thanks: Behaviour = (response) => response.end("thank you");
export const refuses: Behaviour = (response) => response.writeHead(500).end("out of order");
export const hangs: Behaviour = () => undefined;
export const resets: Behaviour = (_response, request) => request.socket.resetAndDestroy();
export const neverEnds: Behaviour = (response) => {
  const chunk = Buffer.alloc(16_384, "x");
  const more = () => {
    while (!response.destroyed && response.write(chunk));
  };
  response.on("drain", more);
  more();
};

export class Receiver {
  readonly arrivals: Arrival[] = [];
  /** Can be changed at any time. */
  behaviour: Behaviour;
  readonly #server;

  private constructor(behaviour: Behaviour) {
    this.behaviour = behaviour;
    this.#server = createServer({ maxHeaderSize: LONGEST_TARGET_BYTES, keepAlive: true }, (request, response) => {
      void this.#receive(request, response);
    });
    // Never closes an idle connection: the gateway could be sending its next request on it at that moment.
    this.#server.keepAliveTimeout = 0;
  }

  static async open(behaviour: Behaviour = thanks): Promise<Receiver> {
    const receiver = new Receiver(behaviour);
    await new Promise<void>((resolve) => receiver.#server.listen(0, "127.0.0.1", resolve));
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/hook`;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of request) chunks.push(chunk);
    } catch {
      return; // The gateway was killed while it sent: nothing has arrived.
    }
    const arrival: Arrival = {
      method: request.method ?? "",
      target: request.url ?? "",
      headers: pairs(request.rawHeaders),
      body: Buffer.concat(chunks),
      leftByGateway: false,
    };
    response.on("close", () => {
      arrival.leftByGateway = !response.writableFinished;
    });
    this.arrivals.push(arrival);
    this.behaviour(response, request);
  }
}

/** The values of all lines of that name, as they came. */
export function headerLines(arrival: Arrival, name: string): string[] {
  return arrival.headers.filter(([other]) => other.toLowerCase() === name.toLowerCase()).map(([, value]) => value);
}

function pairs(raw: string[]): [string, string][] {
  const names = raw.filter((_, i) => i % 2 === 0);
  return names.map((name, i) => [name, raw[2 * i + 1] ?? ""]);
}
