//! Code that reports a sale from a brand's own server, signed and ready to copy: the same as in `docs/api/signing.md`. Pure.

/// How a server in one language reports a sale.
#[derive(Debug)]
pub(super) struct ServerCode {
    pub name: &'static str,
    pub code: String,
}

/// Each language with its code, which has `{edge}` for the edge's URL and `{slug}` for an affiliate's.
const PATTERNS: [(&str, &str); 4] = [
    (
        "Ruby on Rails",
        r##"require "json"
require "net/http"
require "openssl"

module Rekomi
  def self.report(event)
    body = JSON.generate(event)
    at = Time.now.to_i
    mac = OpenSSL::HMAC.hexdigest("SHA256", ENV.fetch("REKOMI_SIGNING_SECRET"), "#{at}.#{body}")
    response = Net::HTTP.post(
      URI("{edge}/api/tracking/s2s"), body,
      "Authorization" => "Bearer #{ENV.fetch('REKOMI_API_KEY')}",
      "Content-Type" => "application/json",
      "Rekomi-Signature" => "t=#{at},v1=#{mac}"
    )
    raise "#{response.code} #{response.body}" unless response.code == "202"

    JSON.parse(response.body).fetch("eventId")
  end
end

Rekomi.report({ externalEventId: "order_1001", amountCents: 9900, currency: "USD",
                affiliateSlug: "{slug}", customerId: "user_42" })"##,
    ),
    (
        "Django",
        r#"import hashlib
import hmac
import json
import os
import time
from urllib.request import Request, urlopen


def report(event):
    body = json.dumps(event).encode()
    at = int(time.time())
    secret = os.environ["REKOMI_SIGNING_SECRET"].encode()
    mac = hmac.new(secret, f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    headers = {
        "Authorization": f"Bearer {os.environ['REKOMI_API_KEY']}",
        "Content-Type": "application/json",
        "Rekomi-Signature": f"t={at},v1={mac}",
        "User-Agent": "acme",  # some firewalls block the default
    }
    request = Request("{edge}/api/tracking/s2s", body, headers)
    with urlopen(request, timeout=35) as response:
        return json.load(response)["eventId"]


report({"externalEventId": "order_1001", "amountCents": 9900, "currency": "USD",
        "affiliateSlug": "{slug}", "customerId": "user_42"})"#,
    ),
    (
        "PHP",
        r#"<?php
function report(array $event): string
{
    $body = json_encode($event, JSON_THROW_ON_ERROR);
    $at = time();
    $mac = hash_hmac('sha256', "$at.$body", getenv('REKOMI_SIGNING_SECRET'));
    $curl = curl_init('{edge}/api/tracking/s2s');
    curl_setopt_array($curl, [
        CURLOPT_POSTFIELDS => $body,
        CURLOPT_RETURNTRANSFER => true,
        CURLOPT_TIMEOUT => 35,
        CURLOPT_HTTPHEADER => [
            'Authorization: Bearer ' . getenv('REKOMI_API_KEY'),
            'Content-Type: application/json',
            "Rekomi-Signature: t=$at,v1=$mac",
        ],
    ]);
    $answer = curl_exec($curl);
    if (curl_getinfo($curl, CURLINFO_RESPONSE_CODE) !== 202) {
        throw new RuntimeException($answer === false ? curl_error($curl) : $answer);
    }
    return json_decode($answer)->eventId;
}

report(['externalEventId' => 'order_1001', 'amountCents' => 9900, 'currency' => 'USD',
        'affiliateSlug' => '{slug}', 'customerId' => 'user_42']);"#,
    ),
    (
        "Node.js",
        r#"import { createHmac } from "node:crypto";

export async function report(event) {
  const body = JSON.stringify(event);
  const at = Math.floor(Date.now() / 1000);
  const mac = createHmac("sha256", process.env.REKOMI_SIGNING_SECRET).update(`${at}.${body}`).digest("hex");
  const response = await fetch("{edge}/api/tracking/s2s", {
    method: "POST",
    headers: {
      "Authorization": `Bearer ${process.env.REKOMI_API_KEY}`,
      "Content-Type": "application/json",
      "Rekomi-Signature": `t=${at},v1=${mac}`,
    },
    body,
  });
  if (response.status !== 202) throw new Error(await response.text());
  return (await response.json()).eventId;
}

await report({ externalEventId: "order_1001", amountCents: 9900, currency: "USD",
               affiliateSlug: "{slug}", customerId: "user_42" });"#,
    ),
];

/// The code for each language, with an edge and a slug filled in.
pub(super) fn languages(edge: &str, slug: &str) -> Vec<ServerCode> {
    let fill = |code: &str| code.replace("{edge}", edge).replace("{slug}", slug);
    PATTERNS.iter().map(|&(name, code)| ServerCode { name, code: fill(code) }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const GUIDE: &str = include_str!("../../../../../docs/api/signing.md");

    #[test]
    fn the_guide_has_the_same_code() {
        for one in languages("https://go.brand.com", "lauren") {
            assert!(GUIDE.contains(&format!("\n{}\n```\n", one.code)), "{} differs:\n{}", one.name, one.code);
            assert!(GUIDE.contains(&format!("\n## {}\n", one.name)), "{}", one.name);
        }
    }

    #[test]
    fn each_language_signs_and_has_no_gap() {
        for one in languages("https://edge.test", "mia") {
            assert!(
                one.code.contains("https://edge.test/api/tracking/s2s") && one.code.contains("mia"),
                "{}",
                one.name
            );
            assert!(one.code.contains("Rekomi-Signature"), "{}", one.name);
            assert!(!["{edge}", "{slug}"].iter().any(|gap| one.code.contains(gap)), "{}", one.name);
        }
    }
}
