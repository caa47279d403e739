"""What a program written for the hosted service sends, after its public reference and sample client.

Usage: reference-client.py BASE_URL IMAGE, with the token in the variable FACEGATE_TOKEN.
Prints one JSON object: the name of each call and what came back.
"""

import base64
import json
import os
import sys

import requests

base, image_path = sys.argv[1], sys.argv[2]
person, match = base + "/miicloud/person", base + "/miicloud/match_faces"
headers = {"Authorization": "Token " + os.environ["FACEGATE_TOKEN"]}
customer_person_id = "5712f5242cf956c7c1d248e89"
profile = {"first_name": "John", "last_name": "Doe", "email": "", "phone": "0123456789"}
answers = {}


def image_file():
    # The reference gives the file part the literal type multipart/form-data.
    return {"image_path": (os.path.basename(image_path), open(image_path, "rb"), "multipart/form-data")}


def keep(name, response):
    answers[name] = {"status": response.status_code, "body": response.json()}


payload = dict(profile, customer_person_id=customer_person_id)
keep("enroll", requests.post(person, headers=headers, data=payload, files=image_file()))
keep("enroll_again", requests.post(person + "/", headers=headers, data=payload, files=image_file()))

with open(image_path, "rb") as file:
    encoded = base64.b64encode(file.read()).decode()
keep("enroll_json", requests.post(person, headers=headers, json={"customer_person_id": "json", "image_path": encoded}))

update = dict(payload, first_name="Will", last_name="", phone="+12222222222")
keep("update", requests.put(person, headers=headers, data=update, files=image_file()))
keep("update_in_path", requests.put(person + "/json", headers=headers, data={"first_name": "Jason"}))
keep("update_differing", requests.put(person + "/json", headers=headers, data=update))
keep("patch", requests.patch(person + "/json", headers=headers, data={"last_name": "Søn"}))

keep("get", requests.get(person + "/" + customer_person_id, headers=headers))
keep("list", requests.get(person, headers=headers, params={"limit": 1}))

payload = {"image_path": image_path}
keep("match", requests.post(match, headers=headers, data=payload, files=image_file()))
keep("match_text_only", requests.post(match, headers=headers, data=payload))
payload["customer_person_id"] = customer_person_id
keep("verify", requests.post(match, headers=headers, data=payload, files=image_file()))
payload["customer_person_id"] = "nobody"
keep("verify_nobody", requests.post(match, headers=headers, data=payload, files=image_file()))

keep("delete", requests.delete(person + "/" + customer_person_id, headers=headers))
keep("get_deleted", requests.get(person + "/" + customer_person_id, headers=headers))
keep("no_token", requests.get(person + "/json"))
keep("not_json", requests.get(person + "/json", headers=dict(headers, Accept="text/html")))
keep("wrong_method", requests.delete(match, headers=headers))
big = {"image_path": ("big.jpg", b"\xff\xd8\xff" * (1 << 20), "multipart/form-data")}
keep("too_large", requests.post(match, headers=headers, files=big))

json.dump(answers, sys.stdout)
