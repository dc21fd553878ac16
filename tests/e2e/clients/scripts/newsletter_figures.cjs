/** Read the figures of a newsletter and of its contents; delete it in the end. */
const { app, run } = require("./common.cjs");

run(async ({ id }) => {
  const client = app();
  const { newsletter } = await client.getNewsletter(id);
  const options = { period: "hours", steps: 3 };
  const whole = (await client.getNewsletterMetrics(id, options)).metric;
  const links = (await client.getNewsletterMetricsLinks(id, { ...options, unique: true })).links;
  const parts = [];
  for (const content of newsletter.content_ids) {
    const { metric } = await client.getNewsletterContentMetrics(id, content, options);
    const own = await client.getNewsletterContentMetricsLinks(id, content, options);
    parts.push({ series: metric.series, links: own.links });
  }
  return { sent_at: newsletter.sent_at, whole, links, parts };
});
