# Cxtrace's own form. The source is this definition's.
del(.source)
