"""Discounts: codes made at Stripe or Shopify, or drawn from a pool, one for each visit of a step that asks for one."""
