/** Money is whole cents. The database keeps numeric(…, 2); neither library's decimal leaves its data layer. */
export type Cents = number;
/** A tax rate in hundredths of a percent: 22 % is 2200. The database keeps numeric(5, 4). */
export type BasisPoints = number;
export type Json = Readonly<Record<string, unknown>>;

export type User = {
  readonly id: number;
  readonly email: string;
  readonly name: string;
  readonly role: 'owner' | 'clerk' | 'mechanic';
  readonly preferences: Json;
  readonly lastSeenAt: Date | null;
};

export type Customer = {
  readonly id: number;
  readonly name: string;
  readonly email: string;
  readonly phone: string | null;
  readonly address: Json | null;
  readonly taxExempt: boolean;
};

export type Bike = {
  readonly id: number;
  readonly serialNumber: string;
  readonly model: string;
  readonly status: 'available' | 'reserved' | 'sold';
  readonly price: Cents;
  readonly tax: BasisPoints;
  readonly specs: Json | null;
  readonly reservedFor: number | null;
  readonly reservedUntil: Date | null;
};

export type Item = {
  readonly id: number;
  readonly sku: string;
  readonly name: string;
  readonly category: string;
  readonly price: Cents;
  readonly tax: BasisPoints;
  readonly stock: number;
  readonly reorderLevel: number;
  readonly attributes: Json;
};

export type RepairStatus = 'scheduled' | 'in_progress' | 'done' | 'cancelled';

export type Repair = {
  readonly id: number;
  readonly customer: string;
  /** A customer's own bike, bought elsewhere, has no row. */
  readonly bike: string | null;
  /** Nobody has taken it yet. */
  readonly mechanic: string | null;
  readonly status: RepairStatus;
  readonly scheduledFor: Date;
  readonly finishedAt: Date | null;
  readonly labour: Cents;
  readonly notes: string | null;
  /** In the order in which they were added. */
  readonly parts: readonly {
    readonly sku: string;
    readonly quantity: number;
    readonly unitPrice: Cents;
  }[];
};

export type Line = {
  readonly bikeId: number | null;
  readonly itemId: number | null;
  readonly description: string;
  readonly quantity: number;
  readonly unitPrice: Cents;
  readonly tax: BasisPoints;
};

export type Transaction = {
  readonly id: number;
  readonly reference: string;
  readonly customerId: number;
  readonly cashierId: number;
  readonly status: 'paid' | 'declined' | 'refunded';
  readonly subtotal: Cents;
  readonly tax: Cents;
  readonly total: Cents;
  readonly metadata: Json;
  readonly paidAt: Date | null;
  /** In the order of the receipt. */
  readonly lines: readonly Line[];
};

export type Order = {
  /** Of the terminal: the same order sent twice is one transaction. */
  readonly reference: string;
  readonly customerId: number;
  readonly cashierId: number;
  /** What the card terminal said. A declined order is recorded and moves nothing. */
  readonly payment: 'approved' | 'declined';
  readonly bikes: readonly number[];
  readonly items: readonly { readonly id: number; readonly quantity: number }[];
  readonly metadata: Json;
};

export type Revenue = {
  readonly transactions: number;
  readonly subtotal: Cents;
  readonly tax: Cents;
  readonly total: Cents;
};

/** A row that is not there, or was deleted, is `null`, never `undefined`. */
export interface Users {
  find(id: number): Promise<User | null>;
  findByEmail(email: string): Promise<User | null>;
  /** By name. */
  list(): Promise<readonly User[]>;
  /** @throws ShopError `TAKEN` when the address belongs to somebody */
  create(user: Omit<User, 'id' | 'lastSeenAt'>): Promise<User>;
  setPreferences(id: number, preferences: Json): Promise<User | null>;
  seen(id: number, at: Date): Promise<boolean>;
  remove(id: number): Promise<boolean>;
}

export interface Customers {
  find(id: number): Promise<Customer | null>;
  /** Whose name or address contains the text, by name. */
  search(text: string, limit: number): Promise<readonly Customer[]>;
  /** The first ones, by name, of those who wait for a repair. */
  withOpenRepairs(limit: number): Promise<readonly Customer[]>;
  /** @throws ShopError `TAKEN` */
  create(customer: Omit<Customer, 'id'>): Promise<Customer>;
  setAddress(id: number, address: Json | null): Promise<Customer | null>;
  remove(id: number): Promise<boolean>;
}

export interface Bikes {
  find(id: number): Promise<Bike | null>;
  /** By price, then by number. */
  available(limit: number): Promise<readonly Bike[]>;
  /** @throws ShopError `TAKEN` */
  create(bike: Pick<Bike, 'serialNumber' | 'model' | 'price' | 'tax' | 'specs'>): Promise<Bike>;
  /** @returns `null` when it is not available */
  reserve(id: number, customerId: number, until: Date): Promise<Bike | null>;
  /** @returns `null` when it is not reserved */
  release(id: number): Promise<Bike | null>;
}

export interface Items {
  find(id: number): Promise<Item | null>;
  findBySku(sku: string): Promise<Item | null>;
  /** By name. */
  list(category: string): Promise<readonly Item[]>;
  /** At or below their reorder level, by name. */
  lowStock(): Promise<readonly Item[]>;
  /** With its first stock movement. @throws ShopError `TAKEN` */
  create(item: Omit<Item, 'id'>): Promise<Item>;
  /** Stock and its movement in one transaction. @throws ShopError `OUT_OF_STOCK` when it would fall below none */
  adjust(id: number, quantity: number, reason: string): Promise<Item | null>;
}

export interface Repairs {
  find(id: number): Promise<Repair | null>;
  /** By time, then by number; `to` is not in it. */
  between(from: Date, to: Date): Promise<readonly Repair[]>;
  schedule(repair: {
    readonly customerId: number;
    readonly bikeId: number | null;
    readonly mechanicId: number | null;
    readonly scheduledFor: Date;
    readonly labour: Cents;
    readonly notes: string | null;
  }): Promise<Repair>;
  /** Done sets the time at which it was finished, everything else clears it. */
  setStatus(id: number, status: RepairStatus, at: Date): Promise<Repair | null>;
  /** At the item's price of now. */
  addPart(id: number, itemId: number, quantity: number): Promise<Repair | null>;
}

export interface Transactions {
  find(id: number): Promise<Transaction | null>;
  /** The newest first. */
  forCustomer(customerId: number, limit: number): Promise<readonly Transaction[]>;
  /** What was paid from then to then; `to` is not in it. */
  revenue(from: Date, to: Date): Promise<Revenue>;
  /**
   * Bikes, items, stock movements, the transaction and its lines, in one database transaction: it is one operation, so that
   * all of it is done by one side, whatever is exposed of the other repositories.
   *
   * @throws ShopError `UNKNOWN`, `NOT_AVAILABLE`, `OUT_OF_STOCK`, `EMPTY`; nothing has happened then
   */
  checkout(order: Order, at: Date): Promise<Transaction>;
  /** Puts the goods back. @returns `null` when it is not paid */
  refund(id: number): Promise<Transaction | null>;
}

export type Repositories = {
  readonly user: Users;
  readonly customer: Customers;
  readonly bike: Bikes;
  readonly item: Items;
  readonly repair: Repairs;
  readonly transaction: Transactions;
};

/** What the shop refuses. The same on both sides: neither library's errors leave its data layer. */
export class ShopError extends Error {
  readonly code: 'TAKEN' | 'UNKNOWN' | 'NOT_AVAILABLE' | 'OUT_OF_STOCK' | 'EMPTY';

  constructor(code: ShopError['code'], message: string) {
    super(message);
    this.name = 'ShopError';
    this.code = code;
  }
}
