"""Define the queue message of an import. It holds only ids."""

from pydantic import BaseModel

IMPORT_CONTACTS = "import-contacts"


class ImportContacts(BaseModel):
    """Write the rows of one call, which are kept in the object store."""

    account_id: str
    list_id: int
    import_id: str
