import type { Person, Template } from '../domain/person.ts';

/** What the gallery needs of the store: reads at once, changes durably and each exactly once. */
export interface GalleryStore {
  readonly persons: {
    get(personId: string): Person | undefined;
    find(customerId: string, customerPersonId: string): Person | undefined;
    /** Ordered by the UTF-8 bytes of `customerPersonId`, beginning behind `after`. */
    list(
      customerId: string,
      options: { after?: string; limit: number },
    ): { persons: Person[]; next?: string };
  };
  /**
   * Calls `visit` for every person with their templates, whose vectors are overwritten once it has returned. Rejects with `internal` where some cannot be read, cannot be found by the customer's
   * id, belong to nobody, or are missing.
   */
  everyone(
    visit: (
      person: Pick<Person, 'id' | 'customerId' | 'customerPersonId'>,
      templates: readonly Template[],
    ) => void,
  ): Promise<void>;
  readonly visits: { consent(personId: string): Consent | undefined };
  readonly templates: { of(personId: string): Template[] };
  /** Resolves when durable; a put of a deleted person throws `person_not_found`. */
  apply(change: GalleryChange): Promise<{ seq: number }>;
}

/** What a person agreed to; times are milliseconds since the epoch. */
export interface Consent {
  /** The customer's own reference of the signed consent. */
  readonly id: string;
  readonly purpose?: string;
  /** The person is erased when this has passed. */
  readonly expiresAt?: number;
  readonly givenAt: number;
}

/** One change of the gallery: the whole person with the templates it adds, templates by another embedder in place of old ones, or the end of a person. */
export type GalleryChange =
  | {
      readonly kind: 'put_person';
      /** Unique; the same change applied again has no effect. */
      readonly opId: string;
      /** Milliseconds since the epoch. */
      readonly at: number;
      readonly person: Person;
      readonly templates: readonly Template[];
      /** Images of those templates, where they are to be kept; their bytes are lent until the change is durable. */
      readonly keptImages?: readonly { readonly templateId: string; readonly bytes: Uint8Array }[];
      /** Takes the place of the consent of before. */
      readonly consent?: Consent;
      /** Who asked for it, as the audit log names them. */
      readonly by?: string;
    }
  | {
      readonly kind: 'replace_templates';
      readonly opId: string;
      readonly at: number;
      readonly by?: string;
      readonly personId: string;
      readonly replacements: readonly { readonly oldId: string; readonly template: Template }[];
    }
  | {
      readonly kind: 'delete_person';
      readonly opId: string;
      readonly at: number;
      readonly by?: string;
      readonly personId: string;
    };
