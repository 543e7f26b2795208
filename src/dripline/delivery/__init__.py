"""How a mail that was decided on leaves the house: written, checked, handed over, its outcome recorded.

asking      outbox · singles · senders · identities · lanes
the way     running · delivering · letters · writing · message · gate · capping · carriers · slots · transports
outcomes    outcomes · settling · going_on · telling · counting · doubting · recovering
limits      rates · families · hosts · limited · warmup · braking
answers     feedback · tracking · unsubscribe · webhooks
looking     sends · inbox · forgetting
besides     domains · effects · discounts · calls
"""
