// One connection that sends a request once the last was answered. Node's own client would cost more than some of the
// servers that are measured here.
import { once } from "node:events";
import { connect } from "node:net";

const END_OF_HEAD = "\r\n\r\n";

export class Connection {
  #socket;
  #received = "";
  #answered = null;

  static async open(port) {
    const connection = new Connection();
    connection.#socket = connect({ port, host: "127.0.0.1", noDelay: true });
    await once(connection.#socket, "connect");
    connection.#socket.setEncoding("latin1");
    connection.#socket.on("data", (text) => connection.#receive(text));
    const fail = (error) => connection.#answered?.reject(error ?? new Error("the connection was closed"));
    connection.#socket.on("error", fail).on("close", () => fail());
    return connection;
  }

  /** @returns {Promise<number>} the status of the answer, once all of it is there */
  send(head, body) {
    const { promise, ...answered } = Promise.withResolvers();
    this.#answered = answered;
    this.#received = "";
    this.#socket.cork();
    this.#socket.write(head, "latin1");
    this.#socket.write(body);
    this.#socket.uncork();
    return promise;
  }

  close() {
    this.#answered = null;
    this.#socket.destroy();
  }

  #receive(text) {
    this.#received += text;
    const head = this.#received.indexOf(END_OF_HEAD);
    if (head < 0 || this.#answered === null) return;
    if (!isWhole(this.#received.slice(0, head), this.#received.length - head - END_OF_HEAD.length, this.#received))
      return;
    this.#answered.resolve(Number(this.#received.slice("HTTP/1.1 ".length, "HTTP/1.1 200".length)));
    this.#answered = null;
  }
}

function isWhole(head, bodyLength, all) {
  const [, length] = /^content-length: *(\d+)/im.exec(head) ?? [];
  return length === undefined ? all.endsWith("\r\n0\r\n\r\n") : bodyLength >= Number(length);
}
