"""The processes of the stack: one directory each. They import `flows`; nothing imports them."""
