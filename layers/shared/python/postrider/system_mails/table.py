"""The designs of an account's system mails in the accounts table, one attribute for each kind."""

from pynamodb.attributes import JSONAttribute

from postrider.storage.accounts_table import AccountsTableItem


class SystemMailsItem(AccountsTableItem, discriminator="system_mails"):
    account_confirm = JSONAttribute(null=True)
    user_confirm = JSONAttribute(null=True)
    sender_confirm = JSONAttribute(null=True)
    password_reset = JSONAttribute(null=True)
