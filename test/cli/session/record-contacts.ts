// Preloaded into a command: notes every address that it connects to, and every name that it looks up, over TCP or UDP.
import dgram from "node:dgram";
import dns from "node:dns";
import { appendFileSync } from "node:fs";
import { Socket } from "node:net";

const note = (contact: string) => appendFileSync(process.env.CONTACTS ?? "", `${contact}\n`);

const { connect } = Socket.prototype;
Socket.prototype.connect = function (this: Socket, ...given: unknown[]) {
  this.on("connectionAttempt", (address: string, port: number) => note(`${address}:${port}`));
  return Reflect.apply(connect, this, given);
};
const { lookup } = dns;
Object.assign(dns, {
  lookup: (name: string, ...given: unknown[]) => {
    note(`name ${name}`);
    return Reflect.apply(lookup, dns, [name, ...given]);
  },
});
const { send } = dgram.Socket.prototype;
dgram.Socket.prototype.send = function (this: dgram.Socket, ...given: unknown[]) {
  note("a datagram");
  return Reflect.apply(send, this, given);
};
