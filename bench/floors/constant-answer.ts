import { createServer } from 'node:http';

/** Answers every request with constant JSON of a given length: the cost of Node.js itself. `constant-answer.ts PORT BYTES` */
const [port, bytes] = process.argv.slice(2).map(Number);
const body = JSON.stringify('x'.repeat(Math.max(0, (bytes ?? 0) - 2)));
const headers = { 'content-type': 'application/json; charset=utf-8', 'content-length': body.length };

createServer((_request, response) => {
  response.writeHead(200, headers).end(body);
}).listen(port, '127.0.0.1', () => console.log('ready'));
