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
    all(): Iterable<Person>;
  };
  readonly templates: { all(): Iterable<Template>; of(personId: string): Template[] };
  /** Resolves when durable; a put of a deleted person throws `person_not_found`. */
  apply(change: GalleryChange): Promise<{ seq: number }>;
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
      /** Images of those templates, where they are to be kept. */
      readonly keptImages?: readonly { readonly templateId: string; readonly bytes: Uint8Array }[];
    }
  | {
      readonly kind: 'replace_templates';
      readonly opId: string;
      readonly at: number;
      readonly personId: string;
      readonly replacements: readonly { readonly oldId: string; readonly template: Template }[];
    }
  | {
      readonly kind: 'delete_person';
      readonly opId: string;
      readonly at: number;
      readonly personId: string;
    };
