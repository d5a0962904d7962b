// What an element can contain, for the type check alone.

export type Child = Node | string | number | boolean | null | undefined;
export type Children = Child | readonly Children[];
