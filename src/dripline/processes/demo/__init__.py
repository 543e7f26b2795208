"""The demo: a product in a folder of its own, five people in a trial, and fourteen days in seconds.

All of it goes through the public HTTP API, as any client's work does. `folder` makes room, `product` starts `up`,
`story` says who does what when, `playing` makes it happen, `outcome` reads back what became of everybody.
"""
