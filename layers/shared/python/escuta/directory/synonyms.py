"""What columns are called in the files of Brazilian, Spanish and English systems: the names of every field, by kind.

Each field has groups of names: a name of an earlier group wins over one of a later group, and two names of one group
are not told apart. So "Celular" is the telephone number and "Telefone" beside it stands back, because surveys go to
mobile numbers; "Celular" beside "Mobile" is refused by name. "Loja" is the store's code unless "Código da loja" stands
beside it. A taxpayer's number (CPF, CNPJ, NIF, DNI) is no field of ours: only a saved mapping makes it one.
"""

from collections.abc import Mapping

from escuta.directory.model import FileKind

Names = Mapping[str, tuple[str, ...]]

_EMAIL = (
    (
        "email, e-mail, mail, e-mail do cliente, e-mail cliente, cliente e-mail, endereço de e-mail,"
        " endereço eletrônico, e-mail principal, e-mail 1, email address, mail address, customer email, client email,"
        " contact email, guest email, patient email, correo, correo electrónico, correo del cliente,"
        " e-mail del cliente, dirección de correo, dirección de correo electrónico, dirección de e-mail,"
        " e-mail do contato, e-mail do comprador, buyer email, e-mail do gerente, manager email, correo del gerente"
    ),
)
_PHONE = (
    (
        "celular, cel, celular 1, telefone celular, tel celular, fone celular, número de celular, número do celular,"
        " n celular, nº celular, celular do cliente, celular cliente, ddd celular, telefone móvel, tel móvel, móvel,"
        " mobile, mobile phone, mobile number, mobile phone number, cell, cell phone, cell phone number, cellphone,"
        " cellular, móvil, teléfono móvil, teléfono celular, número de móvil, celular del cliente, móvil del cliente,"
        " celular do gerente"
    ),
    (
        "whatsapp, whats app, whats, zap, número do whatsapp, número de whatsapp, telefone whatsapp,"
        " celular whatsapp, whatsapp number"
    ),
    (
        "telefone, fone, tel, telefone 1, telefone do cliente, telefone cliente, número de telefone,"
        " número do telefone, telefone principal, telefone de contato, telefone contato, telefone com ddd,"
        " ddd telefone, phone, phone number, customer phone, contact phone, contact number, telephone,"
        " telephone number, primary phone, teléfono, número de teléfono, teléfono del cliente, teléfono de contacto,"
        " teléfono principal, telefono 1"
    ),
)
_LANGUAGE = (
    (
        "idioma, língua, linguagem, idioma preferido, idioma do cliente, idioma de preferência, idioma principal,"
        " language, lang, preferred language, customer language, locale, language code, lengua, idioma del cliente"
    ),
)
_TIMEZONE = ("timezone, time zone, fuso horário, fuso, tz, zona horaria, huso horario",)
_NAME = (
    (
        "nome completo, nome e sobrenome, nome completo do cliente, full name, fullname, name and surname,"
        " nombre completo, nombre y apellido, nombre y apellidos, nombre completo del cliente"
    ),
    (
        "nome, nome do cliente, nome cliente, cliente nome, primeiro nome, nome do contato, nome do comprador,"
        " nome do paciente, nome do hóspede, nome do aluno, nome do gerente, name, first name, firstname,"
        " customer name, client name, contact name, given name, guest name, patient name, buyer name, manager name,"
        " nombre, nombre del cliente, nombre cliente, primer nombre, nombre de pila, nombre del contacto,"
        " nombre del paciente, nombre del gerente"
    ),
    (
        "cliente, contato, customer, client, contact, contacto, comprador, consumidor, paciente, hóspede, guest,"
        " patient, gerente, manager, responsável, responsable, encargado, razão social, razón social"
    ),
)
_SURNAME = ("surname, sobrenome, último nome, nome de família, last name, lastname, family name, apellido, apellidos",)
_SEGMENT_CODE = (
    (
        "código da loja, código loja, cód da loja, cód loja, id da loja, id loja, loja id, loja código, loja cód,"
        " número da loja, nº da loja, nº loja, n loja, código do segmento, código segmento, id do segmento,"
        " código da unidade, código unidade, cód unidade, id da unidade, id unidade, código da filial, código filial,"
        " cód filial, id da filial, id filial, filial código, número da filial, código do pdv, código pdv,"
        " código do ponto de venda, código da agência, código do estabelecimento, id do estabelecimento,"
        " código do restaurante, código do hotel, código da clínica, código da escola, store code, store id,"
        " store number, store no, store nbr, shop code, shop id, segment code, segment id, branch code, branch id,"
        " branch number, unit code, unit id, location code, location id, site code, site id, outlet code, outlet id,"
        " restaurant id, property code, código de la tienda, código de tienda, código tienda, id de tienda, id tienda,"
        " id de la tienda, número de tienda, nº de tienda, código del segmento, código de segmento,"
        " código de sucursal, código de la sucursal, código sucursal, id de sucursal, id sucursal, número de sucursal,"
        " código de unidad, código del local, código del establecimiento"
    ),
)
_SEGMENT_PLAIN = (
    "segment, loja, segmento, unidade, filial, pdv, ponto de venda, estabelecimento, agência, store, shop, branch,"
    " unit, outlet, location, point of sale, tienda, sucursal, unidad, punto de venta, establecimiento"
)
_SEGMENT_TRADE = (
    "hotel, restaurante, restaurant, clínica, clinic, hospital, escola, school, escuela, academia, concessionária,"
    " farmácia, pharmacy, farmacia, posto, supermercado, shopping"
)
_PRODUCT_CODE = (
    "código do produto, código produto, cód do produto, cód produto, id do produto, id produto, produto id,"
    " produto código, código do item, id do item, sku, código sku, product code, product id, product number,"
    " item code, item id, item number, código del producto, código de producto, código producto, id del producto,"
    " id de producto, código del artículo, código de artículo"
)
_PRODUCT_NAME = (
    "nome do produto, nome produto, produto nome, descrição do produto, descrição produto, desc produto,"
    " nome do item, descrição do item, product name, product description, item name, item description,"
    " nombre del producto, nombre de producto, nombre producto, descripción del producto, descripción de producto,"
    " nombre del artículo, descripción del artículo"
)
_PRODUCT_GROUP = (
    "grupo de produtos, grupo do produto, grupo de produto, grupo produto, categoria do produto,"
    " categoria de produto, categoria de produtos, categoria produto, família do produto, família de produtos,"
    " linha de produtos, linha do produto, departamento do produto, product group, product category, product family,"
    " product line, item category, item group, grupo de productos, grupo del producto, categoría del producto,"
    " categoría de producto, categoría de productos, familia del producto, familia de productos, línea de productos"
)
_REFERENCE = (
    (
        "reference, número do pedido, nº do pedido, nº pedido, n pedido, n do pedido, num pedido, número pedido,"
        " código do pedido, cód pedido, id do pedido, id pedido, pedido id, pedido, ordem de compra, order id,"
        " order number, order no, order code, order reference, order ref, order, número de pedido, número de orden,"
        " nº de pedido, nº de orden, código del pedido, código de pedido, id del pedido, id de pedido, id de orden,"
        " orden, orden de compra, número de la orden, número del pedido, id da transação, código da transação,"
        " número da transação, id da venda, código da venda, número da venda, id da compra, código da compra,"
        " transação, transaction id, transaction number, transaction code, transaction reference, transaction,"
        " purchase id, sale id, sale number, id de transacción, id de la transacción, número de transacción,"
        " transacción, id de venta, id de la venta, número de venta, número de compra, id de compra"
    ),
    (
        "nota fiscal, número da nota fiscal, nº da nota fiscal, nº nota fiscal, número da nota, nº da nota, nota, nf,"
        " nf-e, nfe, nfc-e, nfce, número nf, nº nf, num nf, n nf, número da nf, número da nfe, cupom fiscal,"
        " número do cupom, número do cupom fiscal, nº do cupom, cupom fiscal nº, coo, recibo, número do recibo,"
        " fatura, número da fatura, invoice, invoice number, invoice no, invoice id, receipt, receipt number,"
        " receipt no, receipt id, factura, número de factura, nº de factura, nº factura, boleta, número de boleta,"
        " número de recibo, comprobante, número de comprobante, tiquete, número de ticket"
    ),
    (
        "reserva, número da reserva, nº da reserva, código da reserva, id da reserva, localizador, reservation,"
        " reservation id, reservation number, reservation code, booking, booking id, booking number,"
        " booking reference, confirmation number, número de reserva, código de reserva, ordem de serviço,"
        " número da os, nº da os, nº os, número da ordem de serviço, service order, work order, orden de servicio,"
        " orden de trabajo, protocolo, número do protocolo, nº do protocolo, atendimento, número do atendimento,"
        " id do atendimento, código do atendimento, id da visita, código da visita, visit id, case number,"
        " case id, número de atención"
    ),
)
_OCCURRED_AT = (
    (
        "occurred at, data da visita, data visita, dt visita, data e hora da visita, data/hora da visita,"
        " data do atendimento, data atendimento, dt atendimento, data e hora do atendimento, data da transação,"
        " data transação, data e hora da transação, data do evento, data da experiência, data da consulta,"
        " visit date, date of visit, visited at, visit datetime, visit date and time, visit time, transaction date,"
        " date of transaction, transaction datetime, transaction time, event date, service date, date of service,"
        " experience date, appointment date, fecha de visita, fecha de la visita, fecha visita,"
        " fecha y hora de la visita, fecha de atención, fecha de la atención, fecha de transacción,"
        " fecha de la transacción, fecha del evento, fecha del servicio, fecha de la consulta"
    ),
    (
        "data da compra, data compra, dt compra, data de compra, data e hora da compra, data da venda, data de venda,"
        " data venda, dt venda, data do pedido, data pedido, dt pedido, data e hora do pedido, purchase date,"
        " date of purchase, purchased at, purchase datetime, sale date, date of sale, sold at, order date,"
        " date of order, ordered at, order datetime, order purchase timestamp, purchase timestamp, fecha de compra,"
        " fecha de la compra, fecha compra, fecha de venta, fecha de la venta, fecha venta, fecha de pedido,"
        " fecha del pedido, fecha pedido, fecha de orden, fecha de la orden"
    ),
    (
        "data da nota, data da nota fiscal, emissão, data de emissão, data da emissão, data emissão, dt emissão,"
        " data do faturamento, data de faturamento, data da entrega, data de entrega, data entrega, dt entrega,"
        " data de saída, data de checkout, data do check-out, check-out, invoice date, receipt date, delivery date,"
        " date of delivery, delivered at, check-out date, checkout date, departure date, fecha de factura,"
        " fecha de la factura, fecha factura, fecha de emisión, fecha de entrega, fecha de la entrega,"
        " fecha de salida, fecha de check-out"
    ),
)
_AMOUNT = (
    (
        "amount, valor total, valor da compra, valor compra, valor da venda, valor venda, valor do pedido,"
        " valor pedido, valor total do pedido, valor da nota, valor da nota fiscal, valor da transação, valor pago,"
        " total do pedido, total da compra, total da venda, total da nota, total pago, total amount, order amount,"
        " order total, order value, purchase amount, purchase total, sale amount, transaction amount,"
        " transaction value, amount paid, invoice total, grand total, importe, importe total, monto, monto total,"
        " monto de la compra, importe de la compra, total del pedido, total de la compra, valor de la compra,"
        " valor del pedido, valor de compra"
    ),
    "valor, total, montante, value",
)
_PEOPLE: Names = {
    "external_id": (
        (
            "external id, código do cliente, código cliente, cód do cliente, cód cliente, cliente código,"
            " cliente cód, id do cliente, id cliente, cliente id, número do cliente, número cliente, nº do cliente,"
            " nº cliente, n cliente, customer id, customer code, customer number, customer no, client id, client code,"
            " client number, contact id, código del cliente, código de cliente, id del cliente, id de cliente,"
            " número del cliente, número de cliente, nº de cliente, nº cliente"
        ),
        (
            "id externo, código externo, matrícula, prontuário, id do paciente, código do paciente, id do hóspede,"
            " id do usuário, código do usuário, id do contato, código do contato, número do cartão fidelidade,"
            " customer unique id, external code, external reference, member id, member number, membership number,"
            " user id, account id, account number, guest id, patient id, student id, loyalty id, loyalty number,"
            " id de usuario, id del usuario, id del paciente, número de socio, id de socio, id del contacto"
        ),
    ),
    "email": _EMAIL,
    "phone": _PHONE,
    "name": _NAME,
    "surname": _SURNAME,
    "segment": (*_SEGMENT_CODE, _SEGMENT_PLAIN, _SEGMENT_TRADE),
    "language": _LANGUAGE,
    "timezone": _TIMEZONE,
    "consent": (
        (
            "consent, consentimento, base legal, consentimento lgpd, lgpd, opt-in, optin, aceita contato,"
            " aceita receber pesquisas, autoriza contato, legal basis, lawful basis, gdpr consent, consent status,"
            " marketing consent, consentimiento, base jurídica, acepta contacto, autoriza contacto"
        ),
    ),
    "consent_at": (
        (
            "consent at, data do consentimento, data de consentimento, data consentimento, dt consentimento,"
            " data do aceite, data do opt-in, consent date, date of consent, consented at, opt-in date,"
            " fecha de consentimiento, fecha del consentimiento"
        ),
    ),
    "under_age": (
        (
            "under age, menor de idade, menor de 18, menor de 18 anos, é menor, é menor de idade, menor, minor,"
            " is minor, underage, is under age, under 18, menor de edad, es menor, es menor de edad, menor de 18 años"
        ),
    ),
    "birth_date": (
        (
            "birth date, data de nascimento, data nascimento, dt nascimento, data nasc, dt nasc, nascimento,"
            " birthdate, date of birth, dob, birthday, fecha de nacimiento, fecha nacimiento, nacimiento"
        ),
    ),
    "product": (_PRODUCT_CODE, "product, produto, producto, item, artículo"),
    "product_name": (_PRODUCT_NAME,),
    "product_group": (
        _PRODUCT_GROUP,
        "grupo, categoria, group, category, categoría",
    ),
    "reference": _REFERENCE,
    "occurred_at": _OCCURRED_AT,
    "amount": _AMOUNT,
    "currency": ("currency, moeda, código da moeda, currency code, moneda, divisa, código de moneda",),
}
_EXTERNAL_REFERENCE = (
    (
        "external reference, referência externa, id externo, código externo, código erp, código no erp,"
        " código legado, external id, external code, external ref, erp code, legacy code, referencia externa"
    ),
    "matrícula, employee id, employee number, id do funcionário, código do funcionário, id de empleado, legajo",
)
_RETIRED = (
    (
        "retired, inativo, inativa, desativado, desativada, encerrado, encerrada, fechado, fechada, closed, inactive,"
        " disabled, inactivo, inactiva, cerrado, cerrada, dado de baja"
    ),
)
_ACTIVE = (
    "active, ativo, ativa, activo, activa, enabled, is active, habilitado, habilitada",
    "status, situação, situación, estatus",
)
_PLACES: Names = {
    "code": (*_SEGMENT_CODE, "code, código, cód, codigo", "id, " + _SEGMENT_PLAIN),
    "name": (
        (
            "name, nome, nome da loja, nome loja, nome do segmento, nome da unidade, nome da filial, nome fantasia,"
            " nome do estabelecimento, loja nome, store name, shop name, segment name, branch name, unit name,"
            " location name, site name, nombre, nombre de la tienda, nombre de tienda, nombre tienda,"
            " nombre del segmento, nombre de la sucursal, nombre de sucursal, nombre de la unidad, nombre comercial"
        ),
        "descrição, description, descripción",
    ),
    "parent": (
        (
            "parent, parent code, parent id, parent segment, parent segment code, parent store, pai, código pai,"
            " código do pai, id pai, segmento pai, código do segmento pai, unidade pai, superior, código superior,"
            " código do superior, segmento superior, unidade superior, subordinado a, reports to, belongs to,"
            " pertence a, padre, código padre, código del padre, id padre, segmento padre, código del segmento padre,"
            " unidad superior, segmento superior, pertenece a"
        ),
        "código da regional, código regional, código da região, region code, código de región, código de la región",
    ),
    "timezone": _TIMEZONE,
    "address": (
        (
            "address, endereço, endereço da loja, endereço completo, logradouro, rua, street, street address,"
            " store address, address line 1, dirección, dirección de la tienda, domicilio, calle"
        ),
    ),
    "city": ("city, cidade, município, town, ciudad, municipio, localidad, localidade",),
    "state": ("state, estado, uf, província, province, provincia, estado/uf, uf/estado, departamento",),
    "country": ("country, país, country code, código do país, código de país, código del país",),
    "postal_code": (
        "postal code, cep, código postal, zip, zip code, zipcode, postcode, cp, c.p., código de endereçamento postal",
    ),
    "external_reference": _EXTERNAL_REFERENCE[:1],
    "retired": _RETIRED,
    "active": _ACTIVE,
}
_MANAGERS: Names = {
    "email": _EMAIL,
    "name": _NAME,
    "surname": _SURNAME,
    "phone": _PHONE,
    "language": _LANGUAGE,
    "languages": (
        (
            "languages, idiomas, outros idiomas, línguas, idiomas falados, other languages, spoken languages,"
            " otros idiomas, lenguas, idiomas hablados"
        ),
    ),
    "channels": (
        (
            "channels, canais, canal, canais de alerta, canal de alerta, alertas, alertas por, receber alertas por,"
            " notificações, channel, alert channels, alert channel, alerts, alerts by, notifications, canales,"
            " canales de alerta, notificaciones, recibir alertas por"
        ),
    ),
    "segments": (
        (
            "segments, lojas, segmentos, unidades, filiais, códigos das lojas, códigos dos segmentos,"
            " lojas atendidas, stores, shops, branches, units, store codes, segment codes, locations, tiendas,"
            " sucursales, códigos de tiendas, códigos de las tiendas, códigos de segmentos"
        ),
        *_SEGMENT_CODE,
        _SEGMENT_PLAIN,
    ),
    "external_reference": _EXTERNAL_REFERENCE,
    "retired": _RETIRED,
    "active": _ACTIVE,
}
_PRODUCTS: Names = {
    "code": (_PRODUCT_CODE, "code, código, cód, referência, ref, reference, referencia", "ean, gtin, id"),
    "name": (_PRODUCT_NAME, "name, nome, nombre", "descrição, description, descripción, produto, product, producto"),
    "group": (
        "group, grupo, " + _PRODUCT_GROUP,
        "categoria, category, categoría",
        "família, family, familia, linha, line, línea, departamento, department",
    ),
}
_SUPPRESSIONS: Names = {
    "email": _EMAIL,
    "phone": _PHONE,
    "reason": (
        (
            "reason, motivo, razão, motivo do bloqueio, motivo do descadastro, suppression reason,"
            " unsubscribe reason, razón, motivo de la baja, causa"
        ),
        "tipo, type, status, situação, situación",
    ),
    "survey": (
        "survey, pesquisa, id da pesquisa, código da pesquisa, survey id, encuesta, id de encuesta, id de la encuesta",
    ),
}
# Names that say when a visit was only in a file that has the number of an order or a receipt.
BESIDE_A_REFERENCE = (
    "data, date, fecha, dt, data e hora, data/hora, data hora, datetime, date time, date and time, timestamp,"
    " fecha y hora, fecha/hora, fecha hora"
)
FIELDS: Mapping[FileKind, Names] = {
    FileKind.CONTACTS: _PEOPLE,
    FileKind.SEGMENTS: _PLACES,
    FileKind.MANAGERS: _MANAGERS,
    FileKind.PRODUCTS: _PRODUCTS,
    FileKind.SUPPRESSIONS: _SUPPRESSIONS,
}
# What may stand before the name of a field that the organisation made up.
OPEN: Mapping[FileKind, tuple[str, ...]] = {
    FileKind.CONTACTS: ("custom.", "visit."),
    FileKind.SEGMENTS: ("attribute.",),
    FileKind.MANAGERS: (),
    FileKind.PRODUCTS: (),
    FileKind.SUPPRESSIONS: (),
}
