import type { Embedding } from '../domain/face.ts';
import type { AccessChange, Profile } from '../domain/person.ts';
import type { Consent } from './gallery-store.ts';

/** An image to enroll: the client's file name and the extension of its true format. */
export interface ImageSource {
  readonly name: string;
  readonly extension: string;
  /** The upload itself, where it is to be kept. */
  readonly bytes?: Uint8Array;
}

/** What the embedder made of an image: unit-length embedding and raw norm. */
export interface NewTemplate {
  readonly embedding: Embedding;
  readonly norm: number;
}

/** A person to enroll, or one more image of one who is. */
export interface Enrollment {
  readonly customerId: string;
  readonly customerPersonId: string;
  /** Sent fields overwrite, '' removes, others stay. */
  readonly profile: Profile;
  readonly image: ImageSource;
  readonly template: NewTemplate;
  /** What the person may; as they are told, whatever becomes of the profile. */
  readonly access?: AccessChange;
  /** Throw `face_conflict` where the face belongs to another person, whatever the policy says. */
  readonly refuseDuplicates?: boolean;
  /** Takes the place of what the person agreed to before. */
  readonly consent?: Consent;
  /** Who asks, as the audit log names them. */
  readonly by?: string;
}

/** A change of a person's profile; `replace` removes the fields that are left out, `merge` leaves them. Image and template come together. */
export interface Update {
  readonly customerId: string;
  readonly customerPersonId: string;
  readonly profile: Profile;
  readonly mode: 'replace' | 'merge';
  readonly image?: ImageSource;
  readonly template?: NewTemplate;
  /** As for an enrollment; also where the profile is replaced, for whoever sends none must not give anybody more rights. */
  readonly access?: AccessChange;
  readonly refuseDuplicates?: boolean;
  readonly consent?: Consent;
  readonly by?: string;
}

/** A template made anew, and the id of the one it replaces. */
export interface Replacement {
  readonly oldId: string;
  readonly template: NewTemplate;
}
