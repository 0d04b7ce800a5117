"""Tables of rows that go out as CSV or XLSX, and come back in: no app's own, and no page's."""
