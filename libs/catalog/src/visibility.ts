/** Whose eyes a read has: `published` is what anyone may see, `all` includes drafts and is for content-writers. */
export type Visibility = 'published' | 'all';
