/** A web server on loopback: it serves files, and keeps the calls of webhooks. */
const http = require("http");

exports.startSite = async (files) => {
  const calls = [];
  const server = http.createServer(async (request, response) => {
    const pieces = [];
    for await (const piece of request) pieces.push(piece);
    if (request.method === "POST") {
      calls.push({ headers: request.headers, body: Buffer.concat(pieces).toString() });
      response.writeHead(204).end();
    } else if (request.url in files) response.writeHead(200, { "Content-Type": "text/csv" }).end(files[request.url]);
    else response.writeHead(404).end();
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { calls, url: `http://127.0.0.1:${server.address().port}`, close: () => server.close() };
};
