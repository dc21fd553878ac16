/** Trigger broadcasts in all shapes, one of them twice at once, and look at what became of them. */
const { app, refusal, run } = require("./common.cjs");

run(async ({ broadcasts, emails, ids, recipients, url }) => {
  const client = app({ retry: { maxRetries: 0 } });
  const [own, filtered, addressed, identified, mapped, filed] = broadcasts;
  const data = { title: "Sale" };
  const triggers = [
    await client.triggerBroadcast(own, data),
    await client.triggerBroadcast(filtered, data, recipients),
    await client.triggerBroadcast(addressed, data, { emails, email_ignore_missing: true }),
    await client.triggerBroadcast(identified, data, { ids }),
    await client.triggerBroadcast(mapped, data, { per_user_data: [{ id: ids[0], data: { title: "Own" } }] }),
    await client.triggerBroadcast(filed, data, { data_file_url: url }),
  ];
  const soon = await refusal(() => client.triggerBroadcast(own, data));
  const unknown = await refusal(() => client.triggerBroadcast(broadcasts[6], data, { ids: [ids[0], "nobody"] }));
  const errors = await client.getBroadcastTriggerErrors(broadcasts[6], 1);
  const status = await client.getBroadcastTriggerStatus(own, triggers[0].id);
  const listed = (await client.listBroadcasts()).broadcasts.map((broadcast) => broadcast.id);
  const { sender_identities } = await client.getSenderIdentities({ limit: 1000 });
  const used = await client.getSenderIdentityUsedBy(sender_identities[0].id);
  return { triggers, soon, unknown, errors, status, listed, used };
});
