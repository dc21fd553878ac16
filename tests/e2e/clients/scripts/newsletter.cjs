/** Make a newsletter in two languages and two test groups, look at all of it, and send it. */
const { app, run } = require("./common.cjs");

run(async ({ title, recipients }) => {
  const client = app();
  const made = await client.createNewsletter({
    name: title,
    type: "email",
    recipients,
    subject: "News for {{ customer.email }}",
    preheader_text: "In short",
    body: '<p>Hello</p><p><a href="https://example.com/offer">Offer</a></p>',
  });
  const id = made.newsletter.id;
  await client.createNewsletterLanguage(id, {
    language: "fr",
    subject: "Nouvelles",
    body: '<p>Bonjour</p><p><a href="https://example.com/fr">Offre</a></p>',
  });
  const default_subject = (await client.getNewsletterLanguage(id, "fr")).content.subject;
  await client.updateNewsletterLanguage(id, "fr", { preheader_text: "En bref" });
  await client.createNewsletterTestGroup(id);
  const { test_groups } = await client.getNewsletterTestGroups(id);
  const second = test_groups[1].id;
  await client.updateNewsletterTestGroupLanguage(id, second, "fr", { subject: "Nouvelles B" });
  await client.createNewsletterTestGroupLanguage(id, second, { language: "de", subject: "Neues B", body: "<p>Hallo</p>" });
  const german = await client.getNewsletterTestGroupLanguage(id, second, "de");
  await client.deleteNewsletterTestGroupLanguage(id, second, "de");
  const { contents } = await client.getNewsletterContents(id);
  const first = await client.getNewsletterContent(id, contents[0].id);
  await client.updateNewsletterContent(id, contents[0].id, { ...first.content, subject: "News A" });
  await client.scheduleNewsletter(id, { scheduled_at: Math.floor(Date.now() / 1000) + 86400, timezone: "UTC" });
  await client.scheduleNewsletter(id, { scheduled_at: 0, timezone: "UTC" });
  const sent = await client.sendNewsletter(id);
  const listed = (await client.listNewsletters({ sort: "desc", limit: 1 })).newsletters[0].id;
  return {
    id,
    listed,
    default_subject,
    german: german.content.language,
    groups: test_groups.map((group) => group.name),
    content_ids: sent.newsletter.content_ids,
  };
});
