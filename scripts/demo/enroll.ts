import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';

/** Enrolls a person from a photo with the documented REST call. */
export async function enroll(person: {
  url: string;
  token: string;
  id: string;
  firstName: string;
  photo: string;
}): Promise<void> {
  const form = new FormData();
  form.set('customer_person_id', person.id);
  form.set('first_name', person.firstName);
  form.set('image_path', new Blob([new Uint8Array(await readFile(person.photo))]), basename(person.photo));
  const response = await fetch(`${person.url}/miicloud/person`, {
    method: 'POST',
    headers: { authorization: `Token ${person.token}` },
    body: form,
  });
  if (!response.ok) throw new Error(`Enrolling ${person.firstName} was answered ${await response.text()}`);
}
