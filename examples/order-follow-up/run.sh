#!/usr/bin/env bash
# Play the order follow-up on a running product: API=… KEY=… ./run.sh
# Needs the key of a test workspace, curl, and python3 to put YAML into JSON.
set -euo pipefail
cd "$(dirname "$0")"
API=${API:-http://127.0.0.1:8025/api}
ORDER=${ORDER:-ORD-12345}

call() {
  curl -sS --fail-with-body -X "$1" "$API/$2" -H "Authorization: Bearer $KEY" -H "Content-Type: application/json" "${@:3}"
}

for template in order-confirmation review-request; do
  call PUT "templates/$template" -d "@templates/$template.json" > /dev/null
done

python3 -c 'import json, sys; print(json.dumps({"name": "Order follow-up", "definition": sys.stdin.read()}))' \
  < sequence.yaml | call PUT sequences/order-follow-up -d @- > /dev/null
# 409 says that it is active already, with nothing new in it.
call POST sequences/order-follow-up/activate > /dev/null || true

call POST test-clock/advance -d '{"duration": "0m"}' > /dev/null
call POST events -d @- > /dev/null <<JSON
{
  "email": "alice@example.com",
  "event": "purchase.completed",
  "properties": { "orderId": "$ORDER", "amount": 79.99, "currency": "GBP", "items": 3 }
}
JSON
call POST test-clock/advance -d '{"duration": "3d"}' > /dev/null

call GET "inbox?email=alice@example.com&limit=2" | python3 -c '
import json, sys
for mail in reversed(json.load(sys.stdin)["data"]):
    print(mail["sentAt"][:10], mail["subject"])
    print(mail["text"])'
