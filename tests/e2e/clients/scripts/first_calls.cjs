/** The first calls with a good key, and one with a wrong key. */
const { app, run } = require("./common.cjs");

run(async () => {
  const { ip_addresses } = await app().getIpAddresses();
  const { segments } = await app().listSegments();
  const refused = await app({ retry: { maxRetries: 0 } }).getSegment(999999).catch((error) => error.message);
  return { ip_addresses, segments, refused };
});
