# Cxtrace's own form. The source is this definition's. Every part is copied by name, so that `cxtrace source try` sees it read.
def whole: if type == "object" then with_entries(.) else . end;
def each(f): if type == "array" then map(f) else . end;
def at($name; f): if type == "object" and .[$name] != null then .[$name] |= f else . end;
def point: whole | at("attributes"; whole);
def span: point | at("events"; each(point)) | at("parent"; whole);

point | del(.source)
| at("links"; each(whole)) | at("phones"; each(whole)) | at("code"; whole) | at("handoff"; whole) | at("events"; each(point))
| at("span"; span) | at("spans"; each(span))
