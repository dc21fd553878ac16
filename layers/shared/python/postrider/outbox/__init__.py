"""Events of an account, stored in the transaction of their change and relayed to webhooks and workflows."""
