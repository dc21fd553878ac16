"""Transactional mail: single mails that programs send, such as receipts."""
