"""Products and their groups."""

from escuta.directory import products as kept
from escuta.directory.model import Product
from manage import products
from manage.asking import Asked, Listing
from manage.described.operation import Operation, Operations, page, shape

ProductShown = shape(Product, without={"created_by", "updated_by"})
Group = shape(kept.Group, "ProductGroup")

OPERATIONS: Operations = {
    products.listing: Operation(name="list_products", query=products.ProductListing, answer=page(ProductShown)),
    products.create: Operation(name="create_product", body=products.NewProduct, answer=ProductShown, statuses=(201,)),
    products.get: Operation(name="get_product", query=Asked, answer=ProductShown),
    products.change: Operation(name="change_product", body=products.ProductPatch, answer=ProductShown, matched=True),
    products.groups: Operation(name="list_product_groups", query=Listing, answer=page(Group)),
    products.change_group: Operation(name="change_product_group", body=products.GroupPatch, answer=Group),
}
