#!/usr/bin/env python3
"""Writes an export of N different messages to standard output: python3 scripts/long-export.py 200000 > long.csv

For measuring how time and memory grow with an export. The sentences are made up; every one of them is a complaint.
"""
import random
import sys

WHO = ["my sister", "my father", "the driver", "your agent", "the clerk", "a colleague", "nobody", "my neighbour", "the courier", "the manager"]
WHAT = ["the parcel", "a blue kettle", "the second chair", "my refund", "the invoice", "a ticket to the coast", "the replacement lamp", "my subscription",
        "the warranty card", "the phone contract"]
DID = ["never came", "arrived broken", "was sent to the wrong address", "is still open after three weeks", "cost twice what you said",
       "stopped working on day two", "was cancelled without a word", "has the wrong name on it"]
END = ["Please send my money back.", "I want an answer by Friday.", "I will not order again.", "Can someone call me?", "Otherwise I was happy with it.",
       "This is the second time.", "Thank you for looking into it.", "What happens next?"]

count = int(sys.argv[1])
choose = random.Random(7)
print("id,author,text")
seen = set()
while len(seen) < count:
    pick = choose.choice
    text = (f"{pick(WHAT).capitalize()} {pick(DID)}. I asked {pick(WHO)} about order {choose.randrange(10**7)} and {pick(WHO)} told me that "
            f"{pick(WHAT)} {pick(DID)}. {pick(END)}")
    if text not in seen:
        seen.add(text)
        print(f'm{len(seen)},c{choose.randrange(count)},"{text}"')
