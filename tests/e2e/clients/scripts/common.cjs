/** What the scripts share: a client of each API, the arguments of the script, and its answer as one JSON text. */
const { APIClient, TrackClient } = require("customerio-node");

const { APP_URL, APP_KEY, TRACK_HOST, TRACK_PORT, TRACK_SITE, TRACK_KEY } = process.env;

exports.app = (options = {}) => new APIClient(APP_KEY, { url: `${APP_URL}/v1`, timeout: 60_000, ...options });
exports.track = () => new TrackClient(TRACK_SITE, TRACK_KEY, { url: `https://${TRACK_HOST}:${TRACK_PORT}/api/v1`, timeout: 60_000 });

exports.refusal = async (call) => {
  try {
    await call();
  } catch (error) {
    return { status: error.statusCode, message: error.message, retryAfter: error.response?.headers["retry-after"] };
  }
  return null;
};

/** Keep the method, the path and the status of each call that a client makes from now on. */
exports.recordCalls = () => {
  const calls = [];
  const send = globalThis.fetch;
  globalThis.fetch = async (url, options = {}) => {
    const answer = await send(url, options);
    if (String(url).startsWith(`${APP_URL}/v1`)) {
      calls.push({ method: options.method, path: new URL(url).pathname, status: answer.status });
    }
    return answer;
  };
  return calls;
};

const LONGEST_MS = 60_000;

/** Read again until the result is as it should be in the end; the last one when that takes too long. */
exports.readUntil = async (isDone, read) => {
  const deadline = Date.now() + LONGEST_MS;
  for (;;) {
    const result = await read();
    if (isDone(result) || Date.now() > deadline) return result;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
};

exports.run = async (work) => {
  try {
    const answer = await work(JSON.parse(process.argv[2] || "{}"));
    console.log(JSON.stringify(answer === undefined ? null : answer));
  } catch (error) {
    console.error(error, error.response && error.response.body);
    process.exit(1);
  }
};
