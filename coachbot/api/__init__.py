"""What all endpoints share: errors, paging, strictness, fields, schema."""
