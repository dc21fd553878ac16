/** What the scripts share: a client of each API, the arguments of the script, and its answer as one JSON text. */
const { APIClient, TrackClient } = require("customerio-node");

const { APP_URL, APP_KEY, TRACK_HOST, TRACK_PORT, TRACK_SITE, TRACK_KEY } = process.env;

exports.app = (options = {}) => new APIClient(APP_KEY, { url: `${APP_URL}/v1`, timeout: 60_000, ...options });
exports.track = () => new TrackClient(TRACK_SITE, TRACK_KEY, { url: `https://${TRACK_HOST}:${TRACK_PORT}/api/v1`, timeout: 60_000 });

exports.run = async (work) => {
  try {
    const answer = await work(JSON.parse(process.argv[2] || "{}"));
    console.log(JSON.stringify(answer === undefined ? null : answer));
  } catch (error) {
    console.error(error, error.response && error.response.body);
    process.exit(1);
  }
};
